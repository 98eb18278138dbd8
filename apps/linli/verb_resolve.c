/* Command line, `linli resolve`: a person chooses one of the values that stand side by side. */
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "output.h"
#include "records.h"
#include "verbs.h"

struct choice {
    const struct linli_schema_field *field;
    const char *text; /* a whole dot, or its start, or `start-of-key:seq` */
    linli_dot dot;
    size_t matches;
};

static bool fits(const char *text, const char *dot)
{
    const char *colon = strchr(text, ':'), *seq = strchr(dot, ':');
    if (strcmp(text, dot) == 0)
        return true;
    size_t size = colon != NULL ? (size_t)(colon - text) : 0;
    return size >= 8 && strncmp(text, dot, size) == 0 && strcmp(colon, seq) == 0;
}

static bool on_conflict(void *at, const struct linli_conflict *conflict)
{
    struct choice *choice = at;
    char dot[OUTPUT_DOT_BYTES];
    if (conflict->field != choice->field->group)
        return true;
    for (size_t i = 0; i < conflict->value_count; i++) {
        const linli_dot *found = &conflict->values[i].dot;
        bool again = choice->matches > 0 && memcmp(&choice->dot, found, sizeof(*found)) == 0;
        if (!again && fits(choice->text, output_dot(found, dot))) {
            choice->dot = *found;
            choice->matches++;
        }
    }
    return true;
}

static int resolve(struct context *ctx, const linli_record *record, const struct choice *choice)
{
    linli_txn *txn = NULL;
    int rc = linli_txn_begin(ctx->store, &txn);
    if (rc == LINLI_OK)
        rc = linli_record_resolve(txn, linli_record_id(record), linli_record_token(record), choice->field->number,
                                  &choice->dot);
    if (rc != LINLI_OK)
        linli_txn_abort(txn);
    else
        rc = linli_txn_commit(txn, NULL);
    return fail_code(ctx, "resolve", rc);
}

static int choose(struct context *ctx, const linli_record *record, struct choice *choice)
{
    const struct linli_schema_type *type = linli_schema_type_by_number(linli_record_type(record));
    const char *name = ctx->options.args[1];
    if (type == NULL)
        return fail_code(ctx, ctx->options.args[0], LINLI_E_VERSION);
    choice->field = records_field(ctx, type, name, strlen(name));
    if (choice->field == NULL)
        return STATUS_USAGE;
    int rc = linli_conflict_each(ctx->store, NULL, linli_record_id(record), on_conflict, choice);
    if (rc != LINLI_OK)
        return fail_code(ctx, "resolve", rc);
    if (choice->matches == 0 && !output_read_dot(choice->text, &choice->dot))
        return fail(ctx, STATUS_NOT_FOUND, name, _("see 'linli conflicts'"), "%s", _("no such value stands there"));
    if (choice->matches > 1)
        return fail(ctx, STATUS_USAGE, name, _("give the whole dot"), "%s", _("several values fit"));
    return resolve(ctx, record, choice);
}

int verb_resolve(struct context *ctx)
{
    linli_id id;
    linli_record *record = NULL;
    struct choice choice = {.text = option_value(&ctx->options, "choose")};
    if (choice.text == NULL)
        return fail_usage(ctx, "%s", _("--choose DOT is needed"));
    int status = records_find(ctx, ctx->options.args[0], &id);
    if (status != STATUS_DONE)
        return status;
    int rc = linli_record_get_closed(ctx->store, &id, &record);
    status = rc != LINLI_OK ? fail_code(ctx, ctx->options.args[0], rc) : choose(ctx, record, &choice);
    linli_record_free(record);
    if (status == STATUS_DONE && ctx->json && choice.field != NULL)
        status = output_json(ctx, json_pack("{s:o?, s:s}", "id", output_json_id(&id), "field", choice.field->name));
    return status;
}
