/** Command line: what the verb table runs. Each returns an exit code and has printed its error. */
#ifndef LINLI_APP_VERBS_H
#define LINLI_APP_VERBS_H

#include "context.h"

/** All of them, ended by an entry without a name. */
extern const struct verb verb_table[];

int verb_init(struct context *ctx);
int verb_scope_add(struct context *ctx);
int verb_scope_list(struct context *ctx);
int verb_invite(struct context *ctx);
int verb_join(struct context *ctx);
int verb_grant_list(struct context *ctx);
int verb_grant_move(struct context *ctx);
int verb_revoke(struct context *ctx);
int verb_aside(struct context *ctx);
int verb_adopt(struct context *ctx);
int verb_audit(struct context *ctx);
int verb_reject(struct context *ctx);
int verb_import(struct context *ctx);
int verb_building_add(struct context *ctx);
int verb_check(struct context *ctx);
int verb_list(struct context *ctx);
int verb_show(struct context *ctx);
int verb_set(struct context *ctx);
int verb_delete(struct context *ctx);
int verb_erase(struct context *ctx);
int verb_compact(struct context *ctx);
int verb_history(struct context *ctx);
int verb_conflicts(struct context *ctx);
int verb_enrol_list(struct context *ctx);
int verb_enrol_confirm(struct context *ctx);
int verb_enrol_reject(struct context *ctx);
int verb_root_show(struct context *ctx);
int verb_root_new_key(struct context *ctx);
int verb_root_export_key(struct context *ctx);
int verb_root_draft(struct context *ctx);
int verb_root_sign(struct context *ctx);
int verb_root_apply(struct context *ctx);
int verb_passphrase(struct context *ctx);
int verb_resolve(struct context *ctx);
int verb_export(struct context *ctx);
int verb_sync(struct context *ctx);
int verb_serve(struct context *ctx);
int verb_stats(struct context *ctx);
int verb_status(struct context *ctx);
int verb_today(struct context *ctx);
int verb_undo(struct context *ctx);
int verb_compare(struct context *ctx);
int verb_verify(struct context *ctx);
int verb_backup(struct context *ctx);
int verb_restore(struct context *ctx);
int verb_sample(struct context *ctx);
int verb_schema(struct context *ctx);
int verb_help(struct context *ctx);
int verb_completion(struct context *ctx);

#endif
