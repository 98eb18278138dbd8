/* Command line, `linli set`: create a record of a type, or edit one; a write replaces only what a reading showed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "check.h"
#include "csv_reader.h"
#include "fail.h"
#include "output.h"
#include "records.h"
#include "same.h"
#include "value.h"
#include "verbs.h"

enum { ATTACHED_BYTES = 64 * 1024 };

struct edit {
    struct context *ctx;
    const struct linli_schema_type *type;
    linli_txn *txn;
    linli_id id, scope;         /* the scope of a new record */
    const linli_record *before; /* NULL for a new record */
    linli_span token;
};

/* @FILE: the file's bytes, as text where the field holds text. */
static int attach(struct edit *edit, const struct linli_schema_field *field, const char *name, struct value *value)
{
    char *path = context_path(edit->ctx, name), *data = NULL;
    size_t size = 0;
    if (path == NULL)
        return fail_memory(edit->ctx);
    enum sheet_fault fault = csv_load(path, &data, &size);
    int why = errno;
    free(path);
    value->owned = data;
    if (fault == SHEET_UNREADABLE)
        return fail(edit->ctx, why == ENOENT ? STATUS_NOT_FOUND : STATUS_FAILED, name, _("check the path"), "%s",
                    strerror(why));
    if (fault == SHEET_NO_MEMORY)
        return fail_memory(edit->ctx);
    if (fault != SHEET_GOOD || size > ATTACHED_BYTES)
        return fail(edit->ctx, STATUS_FAILED, name, _("make it smaller"), _("it has more than %d bytes"), ATTACHED_BYTES);
    if (field->kind == LINLI_KIND_TEXT && !csv_is_utf8(data, size))
        return fail(edit->ctx, STATUS_USAGE, name, _("save it as UTF-8"), "%s", _("it is no text"));
    value->value = field->kind == LINLI_KIND_TEXT ? linli_text_span(data, size) : linli_bytes(data, size);
    return STATUS_DONE;
}

static int read_one(struct edit *edit, const struct linli_schema_field *field, const char *text, struct value *value)
{
    memset(value, 0, sizeof(*value));
    if (text[0] == '@' && (field->kind == LINLI_KIND_BYTES || field->kind == LINLI_KIND_TEXT))
        return attach(edit, field, text + 1, value);
    if (!csv_is_utf8(text, strlen(text)))
        return fail(edit->ctx, STATUS_USAGE, field->name, _("use a UTF-8 locale"), "%s", _("the value is not UTF-8"));
    int rc = value_read(field, text, value);
    if (rc == LINLI_E_NOMEM)
        return fail_memory(edit->ctx);
    if (rc != LINLI_OK && field->kind == LINLI_KIND_ID) {
        linli_id id;
        int status = records_find(edit->ctx, text, &id);
        value->value = linli_ref(&id);
        return status;
    }
    if (rc != LINLI_OK)
        return fail(edit->ctx, STATUS_USAGE, field->name, value_hint(field), "%s", _("the value is of another kind"));
    return STATUS_DONE;
}

static int write_set(struct edit *edit, const struct linli_schema_field *field, const struct linli_value *value, char how)
{
    if (how == '+')
        return linli_record_add(edit->txn, &edit->id, edit->token, field->number, value);
    if (how == '-')
        return linli_record_remove(edit->txn, &edit->id, edit->token, field->number, value);
    /* FIELD=V makes V the one element. */
    const struct linli_reading *reading =
        edit->before != NULL ? linli_record_field(edit->before, field->number) : NULL;
    int rc = LINLI_OK;
    for (size_t i = 0; rc == LINLI_OK && reading != NULL && i < reading->count; i++)
        if (!linli_value_equal(&reading->values[i], value))
            rc = linli_record_remove(edit->txn, &edit->id, edit->token, field->number, &reading->values[i]);
    if (rc == LINLI_OK && value->kind != LINLI_KIND_NIL)
        rc = linli_record_add(edit->txn, &edit->id, edit->token, field->number, value);
    return rc;
}

static int write_one(struct edit *edit, const struct linli_schema_field *field, struct linli_value value, char how)
{
    if (field->rule == LINLI_SET)
        return write_set(edit, field, &value, how);
    if (field->rule == LINLI_COUNTER && how == '-')
        value.number = -value.number;
    if (field->rule == LINLI_LADDER && edit->before != NULL && option_has(&edit->ctx->options, "reopen") &&
        field->kind == LINLI_KIND_CHOICE)
        return linli_record_reopen(edit->txn, &edit->id, edit->token, field->number, value.number);
    const linli_span none = {NULL, 0}; /* an entry of a log replaces nothing, whatever was shown */
    return linli_record_set(edit->txn, &edit->id, field->rule == LINLI_LOG ? none : edit->token, field->number, &value);
}

static int refuse_retired(struct context *ctx, const struct linli_schema_field *field)
{
    char advice[160];
    snprintf(advice, sizeof(advice), _("use %s"), text_in_use() == LANGUAGE_ZH ? field->retired_zh : field->retired_en);
    return fail(ctx, STATUS_USAGE, field->name, advice, "%s", _("it is retired: read as ever, and written no more"));
}

/* FIELD=VALUE, FIELD+=VALUE or FIELD-=VALUE */
static int apply(struct edit *edit, const char *text)
{
    struct value value;
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text)
        return fail_usage(edit->ctx, _("'%.40s' is not FIELD=VALUE"), fail_word(edit->ctx, text));
    char how = equals[-1] == '+' || equals[-1] == '-' ? equals[-1] : '=';
    const struct linli_schema_field *field =
        records_field(edit->ctx, edit->type, text, (size_t)(equals - text) - (how == '=' ? 0 : 1));
    if (field == NULL)
        return STATUS_USAGE;
    bool adds = field->rule == LINLI_SET || field->rule == LINLI_COUNTER || (field->rule == LINLI_LOG && how == '+');
    if (field->retired_en != NULL)
        return refuse_retired(edit->ctx, field);
    if (how != '=' && !adds)
        return fail(edit->ctx, STATUS_USAGE, field->name, _("use FIELD=VALUE"), "%s", _("it is no set"));
    int status = read_one(edit, field, equals + 1, &value);
    if (status == STATUS_DONE && how != '=' && value.value.kind == LINLI_KIND_NIL)
        status = fail_usage(edit->ctx, _("'%.40s' says no element"), fail_word(edit->ctx, text));
    if (status == STATUS_DONE) {
        int rc = write_one(edit, field, value.value, how);
        if (rc == LINLI_E_REFUSED && field->rule == LINLI_LADDER)
            status = fail(edit->ctx, STATUS_REFUSED, field->name, _("start it anew with --reopen"), "%s",
                          _("this status only goes forward"));
        else if (rc == LINLI_E_FORMAT) /* only the token is bytes from outside */
            status = fail_usage(edit->ctx, "%s", _("--seen takes the token of 'linli show --json', whole"));
        else
            status = fail_code(edit->ctx, field->name, rc);
    }
    value_free(&value);
    return status;
}

static int apply_all(struct edit *edit)
{
    int status = STATUS_DONE;
    for (size_t i = 1; status == STATUS_DONE && i < edit->ctx->options.arg_count; i++)
        status = apply(edit, edit->ctx->options.args[i]);
    return status;
}

/* ---- who may be recorded already ---- */

enum { GIVEN_MAX = 64 };
struct given {
    struct {
        linli_field field;
        struct value value;
    } at[GIVEN_MAX];
    size_t count;
};

static const struct linli_value *value_given(const void *at, linli_field field)
{
    const struct given *given = at;
    for (size_t i = 0; i < given->count; i++)
        if (given->at[i].field == field && given->at[i].value.value.kind != LINLI_KIND_NIL)
            return &given->at[i].value.value;
    return NULL;
}

/* What was asked for, read once more: all of it has been good. */
static void read_given(const struct edit *edit, struct given *given)
{
    for (size_t i = 1; i < edit->ctx->options.arg_count && given->count < GIVEN_MAX; i++) {
        const char *text = edit->ctx->options.args[i], *equals = strchr(text, '=');
        const struct linli_schema_field *field = records_field(edit->ctx, edit->type, text, (size_t)(equals - text));
        if (field != NULL && equals[1] != '@' && value_read(field, equals + 1, &given->at[given->count].value) == LINLI_OK)
            given->at[given->count++].field = field->number;
    }
}

static json_t *twin_json(const struct same_held *twin)
{
    char problem[2 * SAME_LABELS_BYTES];
    snprintf(problem, sizeof(problem), "%s (%s)", finding_problem(FINDING_DUPLICATE), twin->labels);
    return json_pack("{s:s, s:o?, s:o?, s:s}", "finding", finding_code(FINDING_DUPLICATE), "other", output_json_id(&twin->id), "problem",
                     output_text(problem, strlen(problem)), "advice", finding_advice(FINDING_DUPLICATE));
}

static int twins_out(struct edit *edit, const struct same_held *twins, size_t count, json_t *findings)
{
    char id[OUTPUT_HEX_BYTES];
    for (size_t i = 0; i < count; i++) {
        if (edit->ctx->json && json_array_append_new(findings, twin_json(&twins[i])) != 0)
            return LINLI_E_NOMEM;
        if (!edit->ctx->json && !edit->ctx->quiet)
            fprintf(edit->ctx->err, _("linli: %s (%s): see %s; %s\n"), finding_problem(FINDING_DUPLICATE), twins[i].labels,
                    output_id(&twins[i].id, id), finding_advice(FINDING_DUPLICATE));
    }
    return LINLI_OK;
}

/* Told, and never a reason to refuse it: the record stands. */
static int tell_twins(struct edit *edit, const linli_id *scope, json_t *findings)
{
    struct given given = {.count = 0};
    struct same_held twins[SAME_TWINS];
    const struct same_subject subject = {edit->type, scope, value_given, &given};
    size_t count = 0;
    if (edit->type->same_count == 0)
        return LINLI_OK;
    read_given(edit, &given);
    int rc = same_held(edit->ctx->store, &subject, &edit->id, twins, &count);
    rc = rc == LINLI_E_NOMEM ? rc : twins_out(edit, twins, count, findings); /* the record stands, searched or not */
    for (size_t i = 0; i < given.count; i++)
        value_free(&given.at[i].value);
    return rc;
}

static int commit(struct edit *edit)
{
    struct linli_committed done;
    char id[OUTPUT_HEX_BYTES], dot[OUTPUT_DOT_BYTES];
    json_t *findings = json_array();
    memset(&done, 0, sizeof(done));
    int rc = findings == NULL ? LINLI_E_NOMEM : linli_txn_commit(edit->txn, &done);
    edit->txn = findings == NULL ? edit->txn : NULL;
    if (rc == LINLI_OK && edit->before == NULL)
        rc = tell_twins(edit, &edit->scope, findings);
    if (rc != LINLI_OK) {
        json_decref(findings);
        return fail_code(edit->ctx, "set", rc);
    }
    output_id(&edit->id, id);
    if (edit->ctx->json)
        return output_json(edit->ctx, json_pack("{s:s, s:s, s:s?, s:o}", "id", id, "type", edit->type->name, "dot",
                                                done.changesets > 0 ? output_dot(&done.dot, dot) : NULL, "findings", findings));
    json_decref(findings);
    fprintf(edit->ctx->out, "%s\n", id);
    return STATUS_DONE;
}

static int create(struct edit *edit)
{
    bool given = false;
    if (option_has(&edit->ctx->options, "seen"))
        return fail_usage(edit->ctx, "%s", _("--seen is for a record that exists"));
    int status = records_scope_option(edit->ctx, &edit->scope, &given);
    if (status != STATUS_DONE)
        return status;
    if (!given)
        return fail_usage(edit->ctx, "%s", _("a new record needs --scope"));
    int rc = linli_record_create(edit->txn, &edit->scope, edit->type->number, &edit->id);
    return rc != LINLI_OK ? fail_code(edit->ctx, edit->type->name, rc) : apply_all(edit);
}

static int change(struct edit *edit)
{
    linli_record *record = NULL;
    const char *seen = option_value(&edit->ctx->options, "seen"), *name = edit->ctx->options.args[0];
    uint8_t *token = NULL;
    size_t size = 0;
    int status = records_find(edit->ctx, name, &edit->id);
    if (status != STATUS_DONE)
        return status;
    int rc = linli_record_get(edit->ctx->store, &edit->id, &record);
    if (rc != LINLI_OK)
        return fail_code(edit->ctx, name, rc);
    edit->before = record;
    edit->token = linli_record_token(record);
    edit->type = linli_schema_type_by_number(linli_record_type(record));
    if (seen != NULL && !base64_read(seen, &token, &size))
        status = fail_usage(edit->ctx, "%s", _("--seen takes the token of 'linli show --json', whole"));
    else if (edit->type == NULL)
        status = fail_code(edit->ctx, name, LINLI_E_VERSION);
    if (token != NULL)
        edit->token = (linli_span){token, size};
    if (status == STATUS_DONE && edit->type != NULL) {
        status = apply_all(edit);
        status = status == STATUS_DONE ? commit(edit) : status;
    }
    free(token);
    linli_record_free(record);
    return status;
}

int verb_set(struct context *ctx)
{
    struct edit edit = {.ctx = ctx, .type = value_type(ctx->options.args[0])};
    int rc = linli_txn_begin(ctx->store, &edit.txn);
    if (rc != LINLI_OK)
        return fail_code(ctx, "set", rc);
    int status = edit.type != NULL ? create(&edit) : change(&edit);
    if (status == STATUS_DONE && edit.txn != NULL)
        status = commit(&edit);
    linli_txn_abort(edit.txn);
    return status;
}
