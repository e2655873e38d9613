// What answers each route of the API (docs/openapi.yaml). Handlers block, and throw ApiError and DatabaseError.
#pragma once

#include "daemon/api/call.hpp"

namespace clientsync {

HttpResponse answer_session(const ApiCall& call);
HttpResponse edit_session(const ApiCall& call);
HttpResponse end_own_session(const ApiCall& call);

HttpResponse list_clients(const ApiCall& call);
HttpResponse write_client_csv(const ApiCall& call);
HttpResponse show_client(const ApiCall& call);
HttpResponse add_client(const ApiCall& call);
HttpResponse edit_client(const ApiCall& call);
HttpResponse delete_client(const ApiCall& call);
HttpResponse edit_many_clients(const ApiCall& call);

HttpResponse list_imports(const ApiCall& call);
HttpResponse show_import(const ApiCall& call);
HttpResponse show_import_rows(const ApiCall& call);
HttpResponse show_import_errors(const ApiCall& call);
HttpResponse write_import_input(const ApiCall& call);
HttpResponse write_import_report(const ApiCall& call);
HttpResponse import_upload(const ApiCall& call);
HttpResponse undo_import(const ApiCall& call);

HttpResponse list_inboxes(const ApiCall& call);
HttpResponse open_events(const ApiCall& call);

}  // namespace clientsync
