# Completion of clientsync for fish.

# True if the arguments are the command that is typed, without its options: `clients list`.
function __clientsync_at
    set -l words (commandline -opc)
    set -l path
    set -l i 2
    while test $i -le (count $words)
        switch $words[$i]
            case --config --inbox --format --find --type --lead --status --columns --sort --name --number --from \
                    --output -o --language --kind --firm --limit -n --plan --role --expires
                set i (math $i + 1) # its value
            case '-*'
            case '*'
                set -a path $words[$i]
        end
        set i (math $i + 1)
    end
    switch "$path[1]"
        case history
            set path imports $path[2]
        case clients imports users tokens inbox config db
            set path $path[1..2]
        case '*'
            set path $path[1]
    end
    test "$path" = "$argv"
end

complete -c clientsync -f
complete -c clientsync -l config -r -F -d 'Read this configuration'
complete -c clientsync -l inbox -x -d 'The inbox whose rules and firm apply'
complete -c clientsync -l format -xa 'table json csv' -d 'The form of the results'
complete -c clientsync -l help -s h -d 'Print what the command takes'

complete -c clientsync -n '__clientsync_at' -l version -d 'Print the version'
complete -c clientsync -n '__clientsync_at' -a run -d 'Watch the inboxes (the service)'
complete -c clientsync -n '__clientsync_at' -a check -d 'Show what an import would do'
complete -c clientsync -n '__clientsync_at' -a import -d 'Import files now'
complete -c clientsync -n '__clientsync_at' -a explain -d 'Say why files are or are not imported'
complete -c clientsync -n '__clientsync_at' -a status -d 'Print what waits, and what does not work'
complete -c clientsync -n '__clientsync_at' -a split -d 'Cut a file into parts'
complete -c clientsync -n '__clientsync_at' -a clients -d 'The register'
complete -c clientsync -n '__clientsync_at' -a export -d 'Write the register as a CSV file'
complete -c clientsync -n '__clientsync_at' -a imports -d 'The ledger'
complete -c clientsync -n '__clientsync_at' -a history -d 'The ledger'
complete -c clientsync -n '__clientsync_at' -a users -d 'Who may use the console'
complete -c clientsync -n '__clientsync_at' -a tokens -d 'Which scripts may use the API'
complete -c clientsync -n '__clientsync_at' -a inbox -d 'The watched folders'
complete -c clientsync -n '__clientsync_at' -a config -d 'The configuration'
complete -c clientsync -n '__clientsync_at' -a db -d 'The database'

complete -c clientsync -n '__clientsync_at run' -l once -d 'Import the files that are there, then end'
complete -c clientsync -n '__clientsync_at check' -F
complete -c clientsync -n '__clientsync_at import' -F
complete -c clientsync -n '__clientsync_at explain' -F
complete -c clientsync -n '__clientsync_at split' -F
complete -c clientsync -n '__clientsync_at split' -s o -l output -xa '(__fish_complete_directories)' -d 'The folder for the parts'

complete -c clientsync -n '__clientsync_at clients' -a list -d 'Print the register'
complete -c clientsync -n '__clientsync_at clients' -a show -d 'Show a client and its history'
complete -c clientsync -n '__clientsync_at clients' -a add -d 'Add a client'
complete -c clientsync -n '__clientsync_at clients' -a edit -d 'Change clients'
complete -c clientsync -n '__clientsync_at clients' -a activate -d 'Make clients active'
complete -c clientsync -n '__clientsync_at clients' -a deactivate -d 'Make clients inactive'
complete -c clientsync -n '__clientsync_at clients' -a delete -d 'Delete inactive clients'
complete -c clientsync -n '__clientsync_at clients' -a load -d 'Load clients from a CSV file'

complete -c clientsync -n '__clientsync_at clients list' -l find -x -d 'Text in the name or number'
complete -c clientsync -n '__clientsync_at clients list' -l type -x -d 'Only of this type'
complete -c clientsync -n '__clientsync_at clients list' -l lead -x -d 'Only of this lead accountant'
complete -c clientsync -n '__clientsync_at clients list' -l status -xa 'active inactive all' -d 'Only of this status'
complete -c clientsync -n '__clientsync_at clients list' -l without-number -d 'Only without a number'
complete -c clientsync -n '__clientsync_at clients list' -l columns -x -d 'What to print'
complete -c clientsync -n '__clientsync_at clients list' -l sort -xa 'company_id display_name client_number type lead status' -d 'Sort by this column'

complete -c clientsync -n '__clientsync_at clients add' -l name -x -d 'Display name'
complete -c clientsync -n '__clientsync_at clients add' -l number -x -d 'Client number'
complete -c clientsync -n '__clientsync_at clients add' -l type -x -d 'Type'
complete -c clientsync -n '__clientsync_at clients add' -l lead -x -d 'Lead accountant'
complete -c clientsync -n '__clientsync_at clients add' -l dry-run -d 'Change nothing'
complete -c clientsync -n '__clientsync_at clients edit' -a 'number= name= type= lead= status='
complete -c clientsync -n '__clientsync_at clients edit' -l from -r -F -d 'Read the edits from a CSV file'
complete -c clientsync -n '__clientsync_at clients edit' -l dry-run -d 'Change nothing'
complete -c clientsync -n '__clientsync_at clients activate' -l dry-run -d 'Change nothing'
complete -c clientsync -n '__clientsync_at clients deactivate' -l dry-run -d 'Change nothing'
complete -c clientsync -n '__clientsync_at clients delete' -l yes -d 'Delete them'
complete -c clientsync -n '__clientsync_at clients load' -F
complete -c clientsync -n '__clientsync_at clients load' -l update -d 'Also change clients that are there'

complete -c clientsync -n '__clientsync_at export' -s o -l output -r -F -d 'The file'
complete -c clientsync -n '__clientsync_at export' -l language -xa 'en pt-BR' -d 'The language of the headers'
complete -c clientsync -n '__clientsync_at export' -l find -x -d 'Text in the name or number'
complete -c clientsync -n '__clientsync_at export' -l type -x -d 'Only of this type'
complete -c clientsync -n '__clientsync_at export' -l lead -x -d 'Only of this lead accountant'
complete -c clientsync -n '__clientsync_at export' -l status -xa 'active inactive all' -d 'Only of this status'
complete -c clientsync -n '__clientsync_at export' -l without-number -d 'Only without a number'
complete -c clientsync -n '__clientsync_at export' -l no-ref -d 'Leave out the column Ref'
complete -c clientsync -n '__clientsync_at export' -l split -d 'Write parts within the limits'

complete -c clientsync -n '__clientsync_at imports' -a list -d 'List the entries'
complete -c clientsync -n '__clientsync_at imports' -a show -d 'Show an entry'
complete -c clientsync -n '__clientsync_at imports' -a undo -d 'Undo an entry'
complete -c clientsync -n '__clientsync_at imports' -a replay -d 'Import the file of an entry once more'
complete -c clientsync -n '__clientsync_at imports list' -l kind -xa 'import load edit undo replay adopt' -d 'Only of this kind'
complete -c clientsync -n '__clientsync_at imports list' -l firm -x -d 'Only of this firm'
complete -c clientsync -n '__clientsync_at imports list' -s n -l limit -x -d 'At most so many'
complete -c clientsync -n '__clientsync_at imports show' -l input -d 'Print the bytes of its file'
complete -c clientsync -n '__clientsync_at imports show' -l report -d 'Print the bytes of its report'
complete -c clientsync -n '__clientsync_at imports undo' -l yes -d 'Write it'
complete -c clientsync -n '__clientsync_at imports undo' -l plan -x -d 'Write the plan with this hash'
complete -c clientsync -n '__clientsync_at imports undo' -l skip-conflicts -d 'Reverse what can be reversed'
complete -c clientsync -n '__clientsync_at imports replay' -l yes -d 'Write it'
complete -c clientsync -n '__clientsync_at imports replay' -l plan -x -d 'Write the plan with this hash'

complete -c clientsync -n '__clientsync_at users' -a add -d 'Add a user'
complete -c clientsync -n '__clientsync_at users' -a list -d 'Print the users'
complete -c clientsync -n '__clientsync_at users' -a edit -d 'Change a user'
complete -c clientsync -n '__clientsync_at users' -a remove -d 'Remove a user'
complete -c clientsync -n '__clientsync_at users' -a unlock -d 'Forget that sign-ins failed'
complete -c clientsync -n '__clientsync_at users' -a link -d 'Print a link that signs a user in'
complete -c clientsync -n '__clientsync_at users add' -l role -xa 'viewer editor admin' -d 'What the user may do'
complete -c clientsync -n '__clientsync_at users add' -l firm -x -d 'A firm that the user may see'
complete -c clientsync -n '__clientsync_at users add' -l all-firms -d 'All firms'
complete -c clientsync -n '__clientsync_at users add' -l language -xa 'en pt-BR' -d 'The language of the console'
complete -c clientsync -n '__clientsync_at users add' -l password-stdin -d 'Read the password'
complete -c clientsync -n '__clientsync_at users edit' -l role -xa 'viewer editor admin' -d 'What the user may do'
complete -c clientsync -n '__clientsync_at users edit' -l firm -x -d 'A firm that the user may see'
complete -c clientsync -n '__clientsync_at users edit' -l all-firms -d 'All firms'
complete -c clientsync -n '__clientsync_at users edit' -l password -d 'Ask for a new password'
complete -c clientsync -n '__clientsync_at users edit' -l password-stdin -d 'Read the new password'
complete -c clientsync -n '__clientsync_at users remove' -l yes -d 'Remove the user'

complete -c clientsync -n '__clientsync_at tokens' -a add -d 'Add a token'
complete -c clientsync -n '__clientsync_at tokens' -a list -d 'Print the tokens'
complete -c clientsync -n '__clientsync_at tokens' -a remove -d 'Remove a token'
complete -c clientsync -n '__clientsync_at tokens add' -l firm -x -d 'The firm for which it is good'
complete -c clientsync -n '__clientsync_at tokens add' -l role -xa 'viewer editor admin' -d 'What the script may do'
complete -c clientsync -n '__clientsync_at tokens add' -l expires -x -d 'After so many days'

complete -c clientsync -n '__clientsync_at inbox' -a list -d 'Print the inboxes'
complete -c clientsync -n '__clientsync_at inbox' -a adopt -d 'Make an inbox belong to this database'
complete -c clientsync -n '__clientsync_at inbox adopt' -l import -d 'Import the files that are in it'
complete -c clientsync -n '__clientsync_at inbox adopt' -l skip -d 'Count the files that are in it as done'
complete -c clientsync -n '__clientsync_at config' -a check -d 'Check the configuration'
complete -c clientsync -n '__clientsync_at db' -a status -d 'Print what the database is'
complete -c clientsync -n '__clientsync_at db' -a upgrade -d 'Create or upgrade the tables'
