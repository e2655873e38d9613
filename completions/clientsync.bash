# Completion of clientsync for bash.

_clientsync() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command='' words='' i
  local -a path=()
  if [[ $cur == '=' ]]; then
    cur=''
  elif [[ $prev == '=' ]]; then
    prev=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --config | --inbox | --format | --find | --type | --lead | --status | --columns | --sort | --name | --number | \
        --from | --output | -o | --language | --kind | --firm | --limit | -n | --plan | \
        --role | --expires) ((i++)) ;;
      -*) ;;
      *) path+=("${COMP_WORDS[i]}") ;;
    esac
  done
  case ${path[0]} in
    clients | imports | history | users | tokens | inbox | config | db) command="${path[*]:0:2}" ;;
    *) command=${path[0]} ;;
  esac
  command=${command/#history/imports}

  COMPREPLY=()
  case $prev in
    --format) words='table json csv' ;;
    --status) words='active inactive all' ;;
    --role) words='viewer editor admin' ;;
    --language) words='en pt-BR' ;;
    --kind) words='import load edit undo replay adopt' ;;
    --columns | --sort) words='company_id display_name client_number type lead status' ;;
    --config | --from)
      _clientsync_files -f
      return
      ;;
    -o | --output)
      if [[ $command == split ]]; then _clientsync_files -d; else _clientsync_files -f; fi
      return
      ;;
    --inbox | --find | --type | --lead | --name | --number | --firm | -n | --limit | --plan | --expires) return ;;
  esac
  if [[ -n $words ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
    return
  fi

  if [[ $cur == -* ]]; then
    case $command in
      '') words='--version' ;;
      run) words='--once' ;;
      split) words='--output' ;;
      'clients list') words='--find --type --lead --status --without-number --columns --sort' ;;
      'clients add') words='--name --number --type --lead --dry-run' ;;
      'clients edit') words='--from --dry-run' ;;
      'clients activate' | 'clients deactivate') words='--dry-run' ;;
      'clients delete') words='--yes' ;;
      'clients load') words='--update' ;;
      export) words='--output --language --find --type --lead --status --without-number --no-ref --split' ;;
      'imports list') words='--kind --firm --limit' ;;
      'imports show') words='--input --report' ;;
      'imports undo') words='--yes --plan --skip-conflicts' ;;
      'imports replay') words='--yes --plan' ;;
      'users add') words='--role --firm --all-firms --language --password-stdin' ;;
      'users edit') words='--role --firm --all-firms --password --password-stdin' ;;
      'users remove') words='--yes' ;;
      'tokens add') words='--firm --role --expires' ;;
      'inbox adopt') words='--import --skip' ;;
    esac
    words+=' --config --inbox --format --help'
  else
    case $command in
      '') words='run check import explain status split clients export imports history users tokens inbox config db' ;;
      clients) words='list show add edit activate deactivate delete load' ;;
      imports) words='list show undo replay' ;;
      users) words='add list edit remove unlock link' ;;
      tokens) words='add list remove' ;;
      inbox) words='list adopt' ;;
      config) words='check' ;;
      db) words='status upgrade' ;;
      check | import | explain | split | 'clients load') _clientsync_files -f ;;
      'clients edit')
        words='number= name= type= lead= status='
        compopt -o nospace
        ;;
    esac
  fi
  [[ -z $words ]] || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

# Offers files (-f) or folders (-d) for the word that is typed.
_clientsync_files() {
  compopt -o filenames
  mapfile -t COMPREPLY < <(compgen "$1" -- "$cur")
}

complete -F _clientsync clientsync
