/* Command line, `linli scope add` and `linli scope list`. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clean.h"
#include "fail.h"
#include "output.h"
#include "records.h"
#include "spool.h"
#include "value.h"
#include "verbs.h"

static enum linli_scope_kind read_kind(const char *word)
{
    for (unsigned kind = LINLI_CITY; kind <= LINLI_PATCH; kind++)
        if (strcmp(word, output_scope_kind(kind)) == 0)
            return (enum linli_scope_kind)kind;
    return LINLI_PATCH;
}

static unsigned read_style(const char *word)
{
    struct value value;
    const struct linli_schema_field *field = linli_schema_field_by_name(linli_schema_type_by_name("scope"), "style");
    return value_read(field, word, &value) == LINLI_OK ? (unsigned)value.value.number : 0;
}

int verb_scope_add(struct context *ctx)
{
    const char *parent = option_value(&ctx->options, "parent"), *kind = option_value(&ctx->options, "kind");
    const char *style = option_value(&ctx->options, "style");
    struct linli_scope_spec spec = {.name = option_value(&ctx->options, "name"),
                                    .division = option_value(&ctx->options, "division")};
    linli_id above, id;
    char text[OUTPUT_HEX_BYTES];
    if (parent == NULL || kind == NULL || spec.name == NULL || spec.name[0] == '\0')
        return fail_usage(ctx, "%s", _("--parent, --kind and --name are needed"));
    if (strchr(spec.name, '/') != NULL)
        return fail_usage(ctx, "%s", _("a scope's name holds no '/': it parts the names of a path"));
    if (!clean_whole(spec.name))
        return fail_usage(ctx, "%s", _("the name holds control characters, or is not UTF-8"));
    spec.kind = read_kind(kind);
    spec.style = style != NULL ? read_style(style) : 0;
    int status = records_scope(ctx, parent, &above);
    if (status != STATUS_DONE)
        return status;
    int rc = linli_scope_add(ctx->store, &above, &spec, &id);
    if (rc == LINLI_E_EXISTS)
        return fail(ctx, STATUS_FAILED, spec.name, _("give another name"), "%s", _("there is a scope of that name"));
    if (rc != LINLI_OK)
        return fail_code(ctx, spec.name, rc);
    output_id(&id, text);
    if (ctx->json)
        return output_json(ctx, json_pack("{s:s}", "id", text));
    fprintf(ctx->out, "%s\n", text);
    return STATUS_DONE;
}

struct captain {
    linli_id scope;
    char *name;
};

struct listing {
    struct context *ctx;
    struct table table;
    struct captain *captains; /* sorted by scope */
    size_t count, room;
    int status;
};

static bool on_grant(void *at, const struct linli_grant *grant)
{
    struct listing *listing = at;
    if (grant->role != LINLI_CAPTAIN || grant->name[0] == '\0')
        return true;
    if (listing->count == listing->room) {
        size_t room = listing->room == 0 ? 64 : listing->room * 2;
        struct captain *larger = realloc(listing->captains, room * sizeof(*larger));
        if (larger == NULL) {
            listing->status = fail_memory(listing->ctx);
            return false;
        }
        listing->captains = larger;
        listing->room = room;
    }
    struct captain *captain = &listing->captains[listing->count];
    captain->scope = grant->scope;
    captain->name = strdup(grant->name);
    if (captain->name == NULL) {
        listing->status = fail_memory(listing->ctx);
        return false;
    }
    listing->count++;
    return true;
}

static int by_scope(const void *a, const void *b)
{
    const struct captain *left = a, *right = b;
    int order = memcmp(left->scope.b, right->scope.b, sizeof(left->scope.b));
    return order != 0 ? order : strcmp(left->name, right->name);
}

static const char *captain_of(const struct listing *listing, const linli_id *scope)
{
    size_t low = 0, high = listing->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (memcmp(listing->captains[middle].scope.b, scope->b, sizeof(scope->b)) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < listing->count && memcmp(listing->captains[low].scope.b, scope->b, sizeof(scope->b)) == 0;
    return found ? listing->captains[low].name : NULL;
}

static bool on_scope(void *at, const struct linli_scope *scope)
{
    struct listing *listing = at;
    struct context *ctx = listing->ctx;
    char id[OUTPUT_HEX_BYTES], households[24], residents[24];
    const char *captain = captain_of(listing, &scope->id);
    output_id(&scope->id, id);
    if (ctx->json) {
        listing->status = output_json(
            ctx, json_pack("{s:s, s:s, s:s, s:s, s:s?, s:I, s:I, s:s?}", "id", id, "kind",
                           output_scope_kind((unsigned)scope->kind), "name", scope->name, "path", scope->path, "division",
                           scope->division != NULL && scope->division[0] != '\0' ? scope->division : NULL, "households",
                           (json_int_t)scope->households, "residents", (json_int_t)scope->residents, "captain", captain));
        return listing->status == STATUS_DONE;
    }
    snprintf(households, sizeof(households), "%" PRIu64, scope->households);
    snprintf(residents, sizeof(residents), "%" PRIu64, scope->residents);
    id[8] = '\0';
    const char *row[] = {id, output_scope_kind_label((unsigned)scope->kind), households, residents, captain, scope->path};
    table_row(&listing->table, row);
    return true;
}

int verb_scope_list(struct context *ctx)
{
    struct listing listing = {.ctx = ctx};
    struct spool spool;
    const char *headings[] = {_("id"), _("kind"), _(">households"), _(">residents"), _("captain"), _("path")};
    int status = spool_begin(ctx, &ctx->out, &spool);
    if (status != STATUS_DONE)
        return status;
    table_begin(&listing.table, headings, 6);
    int rc = linli_grant_each(ctx->store, on_grant, &listing);
    if (rc == LINLI_OK && listing.status == STATUS_DONE) {
        if (listing.count > 0)
            qsort(listing.captains, listing.count, sizeof(*listing.captains), by_scope);
        rc = linli_scope_each(ctx->store, on_scope, &listing);
    }
    for (size_t i = 0; i < listing.count; i++)
        free(listing.captains[i].name);
    free(listing.captains);
    bool show = !ctx->json && rc == LINLI_OK && listing.status == STATUS_DONE;
    status = spool_end(ctx, &spool);
    int shown = table_finish(ctx, &listing.table, show);
    status = status != STATUS_DONE ? status : shown;
    if (rc != LINLI_OK)
        return fail_code(ctx, "scope list", rc);
    return listing.status != STATUS_DONE ? listing.status : status;
}
