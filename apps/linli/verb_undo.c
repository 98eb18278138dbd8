/* Command line, `linli undo`: a new write that puts back what an edit replaced. The edit stays in the history, and so does this. */
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "fail.h"
#include "output.h"
#include "records.h"
#include "value.h"
#include "verbs.h"

enum { LIFE = 0 };

struct write { /* of the record's history */
    struct linli_write as;
    void *owned;
};

struct undoing {
    struct context *ctx;
    const linli_record *record;
    const struct linli_schema_type *type;
    struct write *writes; /* oldest first */
    size_t count, room;
    linli_dot dot;        /* of the edit */
    bool broken;
};

static bool on_write(void *at, const struct linli_write *write)
{
    struct undoing *u = at;
    if (u->count == u->room) {
        size_t room = u->room == 0 ? 32 : u->room * 2;
        struct write *larger = realloc(u->writes, room * sizeof(*larger));
        u->broken = larger == NULL;
        if (u->broken)
            return false;
        u->writes = larger;
        u->room = room;
    }
    struct write *kept = &u->writes[u->count];
    *kept = (struct write){.as = *write, .owned = malloc(write->value.bytes.size + 1)};
    u->broken = kept->owned == NULL;
    if (u->broken)
        return false;
    if (write->value.bytes.size > 0)
        memcpy(kept->owned, write->value.bytes.at, write->value.bytes.size);
    kept->as.value.bytes.at = kept->owned;
    u->count++;
    return true;
}

static bool same_dot(const linli_dot *a, const linli_dot *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* ---- which edit ---- */

/* A whole dot, or `start-of-key:seq`, as 'linli history' shows it. */
static bool fits(const char *text, const linli_dot *dot)
{
    char whole[OUTPUT_DOT_BYTES];
    const char *colon = strchr(text, ':');
    output_dot(dot, whole);
    size_t size = colon != NULL ? (size_t)(colon - text) : 0;
    return strcmp(text, whole) == 0 || (size >= 8 && strncmp(text, whole, size) == 0 && strcmp(colon, strchr(whole, ':')) == 0);
}

static int choose(struct undoing *u, const char *text)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < u->count; i++) {
        const struct linli_write *write = &u->writes[i].as;
        if (text == NULL ? write->set_aside : !fits(text, &write->dot))
            continue;
        if (text != NULL && found != SIZE_MAX && !same_dot(&u->writes[found].as.dot, &write->dot))
            return fail(u->ctx, STATUS_USAGE, text, _("give the whole dot"), "%s", _("several writes fit"));
        found = i;
    }
    if (found == SIZE_MAX)
        return fail(u->ctx, STATUS_NOT_FOUND, text != NULL ? text : u->ctx->options.args[0], _("see 'linli history'"), "%s", _("no such write"));
    if (u->writes[found].as.set_aside)
        return fail(u->ctx, STATUS_REFUSED, text, _("there is nothing to undo"), "%s", _("it was set aside, and changed nothing"));
    u->dot = u->writes[found].as.dot;
    return STATUS_DONE;
}

/* ---- may it be undone ---- */

/* What stood before the write number `at`: NULL when nothing did. */
static const struct linli_write *before(const struct undoing *u, size_t at)
{
    const struct linli_write *write = &u->writes[at].as;
    for (size_t i = at; i > 0; i--) {
        const struct linli_write *earlier = &u->writes[i - 1].as;
        if (earlier->field == write->field && !earlier->set_aside && !same_dot(&earlier->dot, &write->dot))
            return earlier;
    }
    return NULL;
}

/* Has somebody written there since? Of a set: in or out with this very element. */
static bool newer_stands(const struct undoing *u, size_t at)
{
    const struct linli_write *write = &u->writes[at].as;
    if (write->rule != LINLI_SET)
        return write->superseded;
    for (size_t i = at + 1; i < u->count; i++) {
        const struct linli_write *later = &u->writes[i].as;
        if (later->field == write->field && !later->set_aside && linli_value_equal(&later->value, &write->value))
            return true;
    }
    return false;
}

static linli_field group_of(const struct undoing *u, linli_field number)
{
    const struct linli_schema_field *field = u->type != NULL ? linli_schema_field_by_number(u->type, number) : NULL;
    return field != NULL ? field->group : number;
}

/* What was written apart and stands beside it is covered by whatever is put there now. */
static bool another_stands(const struct undoing *u, size_t at)
{
    const struct linli_write *write = &u->writes[at].as;
    linli_field group = group_of(u, write->field);
    for (size_t i = 0; i < u->count; i++) {
        const struct linli_write *other = &u->writes[i].as;
        if (group_of(u, other->field) != group || other->set_aside || other->superseded || same_dot(&other->dot, &write->dot))
            continue;
        if (write->rule != LINLI_SET || linli_value_equal(&other->value, &write->value))
            return true;
    }
    return false;
}

static int refuse(const struct undoing *u, linli_field number, const char *why, const char *what_to_do)
{
    const struct linli_schema_field *field = u->type != NULL ? linli_schema_field_by_number(u->type, number) : NULL;
    return fail(u->ctx, STATUS_REFUSED, field != NULL ? value_field_label(field) : u->ctx->options.args[0], what_to_do, "%s", why);
}

/* The step itself of a ladder: what stands beside it is like a register. */
static bool is_rung(const struct undoing *u, const struct linli_write *write)
{
    const struct linli_schema_field *field = u->type != NULL ? linli_schema_field_by_number(u->type, write->field) : NULL;
    return write->rule == LINLI_LADDER && field != NULL && field->number == field->group;
}

static int may_undo(const struct undoing *u, size_t at)
{
    const struct linli_write *write = &u->writes[at].as, *earlier = before(u, at);
    if (write->field == LIFE && write->value.number == 0 && earlier == NULL)
        return refuse(u, LIFE, _("the record began with that"), _("hide it with 'linli delete'"));
    if (write->rule != LINLI_REGISTER && write->rule != LINLI_LADDER && write->rule != LINLI_SET)
        return refuse(u, write->field, _("it is only ever added to"), _("add what puts it right"));
    if (is_rung(u, write) && earlier == NULL)
        return refuse(u, write->field, _("nothing stood there before"), _("start anew with 'linli set --reopen'"));
    if (!option_has(&u->ctx->options, "anyway") && (newer_stands(u, at) || another_stands(u, at)))
        return refuse(u, write->field, newer_stands(u, at) ? _("something newer stands there") : _("another value stands beside it"),
                      _("look at 'linli history'; --anyway puts the old one back all the same"));
    if (write->rule != LINLI_SET && earlier != NULL && earlier->value.kind == LINLI_KIND_SEALED)
        return fail_code(u->ctx, u->ctx->options.args[0], LINLI_E_SEALED);
    return STATUS_DONE;
}

/* ---- undoing it ---- */

static int put_back_life(const struct undoing *u, linli_txn *txn, const struct linli_write *write)
{
    linli_span token = linli_record_token(u->record);
    if (linli_record_deleted(u->record) == (write->value.number == 0)) /* it is so already */
        return LINLI_OK;
    return write->value.number != 0 ? linli_record_restore(txn, linli_record_id(u->record), token)
                                    : linli_record_delete(txn, linli_record_id(u->record), token);
}

static int put_back(const struct undoing *u, linli_txn *txn, size_t at)
{
    const struct linli_write *write = &u->writes[at].as, *earlier = before(u, at);
    const linli_id *id = linli_record_id(u->record);
    linli_span token = linli_record_token(u->record);
    const struct linli_schema_field *field = linli_schema_field_by_number(u->type, write->field);
    const struct linli_value nothing = linli_nil();
    if (write->field == LIFE)
        return put_back_life(u, txn, write);
    if (field == NULL)
        return LINLI_E_VERSION;
    if (write->rule == LINLI_SET)
        return write->removed ? linli_record_add(txn, id, token, write->field, &write->value)
                              : linli_record_remove(txn, id, token, write->field, &write->value);
    int rc = linli_record_set(txn, id, token, write->field, earlier != NULL ? &earlier->value : &nothing);
    if (rc == LINLI_E_REFUSED && is_rung(u, write)) /* a step back is a new episode */
        rc = linli_record_reopen(txn, id, token, write->field, earlier->value.number);
    return rc;
}

static int write_back(struct undoing *u, struct linli_committed *done)
{
    linli_txn *txn = NULL;
    int rc = u->type == NULL ? LINLI_E_VERSION : linli_txn_begin(u->ctx->store, &txn);
    for (size_t i = 0; i < u->count && rc == LINLI_OK; i++)
        if (same_dot(&u->writes[i].as.dot, &u->dot))
            rc = put_back(u, txn, i);
    if (rc != LINLI_OK) {
        linli_txn_abort(txn);
        return rc;
    }
    return linli_txn_commit(txn, done);
}

/* ---- saying so ---- */

static json_t *fields_json(const struct undoing *u)
{
    json_t *fields = json_array();
    char number[16];
    for (size_t i = 0; fields != NULL && i < u->count; i++)
        if (same_dot(&u->writes[i].as.dot, &u->dot) &&
            json_array_append_new(fields, json_string(records_field_name(u->type, u->writes[i].as.field, number))) != 0) {
            json_decref(fields);
            return NULL;
        }
    return fields;
}

static int say(const struct undoing *u, const struct linli_committed *done)
{
    char undone[OUTPUT_DOT_BYTES], dot[OUTPUT_DOT_BYTES];
    if (u->ctx->json)
        return output_json(u->ctx, json_pack("{s:o?, s:s, s:s, s:o?}", "id", output_json_id(linli_record_id(u->record)), "undone",
                                             output_dot(&u->dot, undone), "dot", output_dot(&done->dot, dot), "fields", fields_json(u)));
    fprintf(u->ctx->out, _("undone by write %s, which can be undone itself\n"), output_short_dot(&done->dot, dot));
    return STATUS_DONE;
}

static int undo(struct undoing *u)
{
    const char *name = u->ctx->options.args[0];
    struct linli_committed done = {.changesets = 0};
    int rc = linli_history_each(u->ctx->store, linli_record_id(u->record), on_write, u);
    if (rc != LINLI_OK || u->broken)
        return u->broken ? fail_memory(u->ctx) : fail_code(u->ctx, name, rc);
    int status = choose(u, u->ctx->options.arg_count > 1 ? u->ctx->options.args[1] : NULL);
    for (size_t i = 0; i < u->count && status == STATUS_DONE; i++)
        if (same_dot(&u->writes[i].as.dot, &u->dot))
            status = may_undo(u, i);
    if (status != STATUS_DONE)
        return status;
    rc = write_back(u, &done);
    return rc != LINLI_OK ? fail_code(u->ctx, name, rc) : say(u, &done);
}

int verb_undo(struct context *ctx)
{
    linli_id id;
    linli_record *record = NULL;
    struct undoing u = {.ctx = ctx};
    int status = actor_reads(ctx);
    if (status == STATUS_DONE)
        status = records_find(ctx, ctx->options.args[0], &id);
    if (status != STATUS_DONE)
        return status;
    int rc = linli_record_get_closed(ctx->store, &id, &record);
    if (rc != LINLI_OK)
        return fail_code(ctx, ctx->options.args[0], rc);
    u.record = record;
    u.type = linli_schema_type_by_number(linli_record_type(record));
    status = undo(&u);
    for (size_t i = 0; i < u.count; i++)
        free(u.writes[i].owned);
    free(u.writes);
    linli_record_free(record);
    return status;
}
