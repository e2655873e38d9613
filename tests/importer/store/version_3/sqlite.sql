CREATE TABLE meta (name varchar(40) not null primary key, value varchar(200) not null);
CREATE TABLE firms (id integer primary key autoincrement, name varchar(200) not null unique, client_count bigint not null default 0, number_count bigint not null default 0);
CREATE TABLE imports (id integer primary key autoincrement,
           kind varchar(8) not null check (kind in ('import', 'undo', 'replay', 'adopt')),
           state varchar(8) not null check (state in ('applying', 'imported', 'rejected')),
           firm_id bigint references firms (id),
           inbox varchar(200) not null,
           name text not null,
           version bigint,
           sha256 varchar(64) not null,
           size bigint not null,
           mtime bigint not null,
           row_count bigint not null default 0,
           updated bigint not null default 0,
           unchanged bigint not null default 0,
           created bigint not null default 0,
           failed bigint not null default 0,
           language varchar(16),
           report_sha256 varchar(64) not null default '',
           report_name text not null default '',
           report_state varchar(10) not null default 'none'
             check (report_state in ('none', 'pending', 'published', 'superseded')),
           who varchar(200) not null,
           started_at bigint not null,
           finished_at bigint, cells_sha256 varchar(64) not null default '', restored bigint not null default 0,
           constraint one_import_for_each_version unique (inbox, name, version),
           constraint versions_are_of_inboxes check ((inbox = '') = (version is null)),
           constraint rows_add_up check (row_count = updated + unchanged + created + failed));
CREATE INDEX imports_report_sha256 on imports (report_sha256, inbox);
CREATE INDEX imports_report_state on imports (inbox, report_state);
CREATE TABLE import_bytes (
           import_id bigint not null primary key references imports (id),
           input text,
           report text);
CREATE TABLE report_places (id integer primary key autoincrement,
           import_id bigint not null references imports (id),
           inbox varchar(200) not null,
           report_name text not null,
           report_sha256 varchar(64) not null);
CREATE INDEX report_places_name on report_places (inbox, report_name);
CREATE INDEX report_places_import on report_places (import_id);
CREATE TABLE import_errors (
           import_id bigint not null references imports (id),
           seq bigint not null,
           sheet_row bigint not null,
           company_id text not null,
           codes text not null,
           message text not null,
           primary key (import_id, seq));
CREATE INDEX imports_bytes on imports (sha256, firm_id);
CREATE INDEX imports_cells on imports (cells_sha256, firm_id);
CREATE INDEX import_errors_client on import_errors (company_id);
CREATE TABLE "clients" (
           firm_id bigint not null references firms (id),
           company_id varchar(64) not null,
           display_name varchar(200) not null,
           client_number varchar(100),
           number_key varchar(100),
           type varchar(200) not null default '',
           lead_accountant varchar(200) not null default '',
           status varchar(8) not null default 'active' check (status in ('active', 'inactive')),
           primary key (firm_id, company_id),
           constraint client_number_is_unique unique (firm_id, client_number)) without rowid;
CREATE INDEX clients_number_key on clients (firm_id, number_key) where number_key is not null;
CREATE TABLE "changes" (
           import_id bigint not null,
           seq bigint not null,
           firm_id bigint not null,
           company_id varchar(64) not null,
           field varchar(20) not null,
           old_value text,
           new_value text,
           primary key (import_id, seq)) without rowid;
CREATE INDEX changes_client on changes (firm_id, company_id);
