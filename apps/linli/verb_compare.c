/* Command line, `linli compare`: this store and another one, scope by scope and record by record. */
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "lookup.h"
#include "output.h"
#include "records.h"
#include "spool.h"
#include "store_key.h"
#include "store_open.h"
#include "value.h"
#include "verbs.h"

enum side { HERE, THERE, SIDES };

struct held { /* a record, and all that is shown of it, as text */
    linli_id id;
    linli_type type;
    char *text;
};

struct scope {
    linli_id id;
    char *path;
    bool held[SIDES];
};

struct comparing {
    struct context *ctx;
    linli_store *stores[SIDES];
    struct scope *scopes;
    size_t scope_count, scope_room;
    struct lookup numbers;   /* id -> number in `scopes` */
    struct held *records[SIDES];
    size_t count[SIDES], room[SIDES];
    enum side side;          /* being read */
    struct table table;
    size_t differ;           /* records that do */
    int status;
    bool broken;
};

/* ---- reading ---- */

static bool grow(void *items, size_t *room, size_t count, size_t size)
{
    void *at = NULL;
    if (count < *room)
        return true;
    size_t more = *room == 0 ? 64 : *room * 2;
    memcpy(&at, items, sizeof(at)); /* a pointer to some type's pointer */
    void *larger = realloc(at, more * size);
    if (larger == NULL)
        return false;
    memcpy(items, &larger, sizeof(larger));
    *room = more;
    return true;
}

static bool on_scope(void *at, const struct linli_scope *scope)
{
    struct comparing *c = at;
    uint32_t known = lookup_find(&c->numbers, scope->id.b, sizeof(scope->id.b));
    if (known != LOOKUP_NONE) {
        c->scopes[known].held[c->side] = true;
        return true;
    }
    c->broken = !grow(&c->scopes, &c->scope_room, c->scope_count, sizeof(*c->scopes));
    if (c->broken)
        return false;
    struct scope *held = &c->scopes[c->scope_count];
    *held = (struct scope){.id = scope->id, .path = strdup(scope->path)};
    held->held[c->side] = true;
    if (held->path != NULL)
        c->broken = !lookup_put(&c->numbers, scope->id.b, sizeof(scope->id.b), (uint32_t)c->scope_count++);
    else
        c->broken = true;
    return !c->broken;
}

/* Sealed values are compared as they are stored: nobody is shown them for that. */
static void sealed_append(json_t *json, const struct linli_reading *reading)
{
    for (size_t i = 0; i < reading->count; i++) {
        const struct linli_value *value = reading->values != NULL ? &reading->values[i] : &reading->value;
        if (value->kind != LINLI_KIND_SEALED)
            continue;
        char *hex = malloc(2 * value->bytes.size + 1);
        if (hex != NULL)
            (void)json_array_append_new(json, json_string(output_hex(value->bytes.at, value->bytes.size, hex)));
        free(hex);
    }
}

static char *record_text(const linli_record *record)
{
    json_t *json = records_json(record, RECORDS_CONFLICTS | RECORDS_DELETED), *sealed = json_array();
    for (size_t i = 0; sealed != NULL && i < linli_record_count(record); i++)
        sealed_append(sealed, linli_record_at(record, i));
    char *text = NULL;
    if (json != NULL && sealed != NULL && json_object_set_new(json, "sealed", json_incref(sealed)) == 0)
        text = json_dumps(json, JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(sealed);
    json_decref(json);
    return text;
}

static bool on_record(void *at, const linli_record *record)
{
    struct comparing *c = at;
    enum side side = c->side;
    c->broken = !grow(&c->records[side], &c->room[side], c->count[side], sizeof(*c->records[side]));
    if (c->broken)
        return false;
    struct held *held = &c->records[side][c->count[side]];
    *held = (struct held){*linli_record_id(record), linli_record_type(record), record_text(record)};
    c->broken = held->text == NULL;
    c->count[side] += !c->broken;
    return !c->broken;
}

static int by_id(const void *a, const void *b)
{
    const struct held *x = a, *y = b;
    return memcmp(x->id.b, y->id.b, sizeof(x->id.b));
}

static int read_side(struct comparing *c, const struct scope *scope)
{
    size_t types = 0;
    const struct linli_schema_type *type = linli_schema_types(&types);
    int rc = LINLI_OK;
    for (size_t i = 0; scope->held[c->side] && i < types && rc == LINLI_OK; i++) {
        const struct linli_query query = {.type = type[i].number, .scope = &scope->id, .with_deleted = true, .closed = true};
        rc = linli_query_each(c->stores[c->side], &query, on_record, c);
    }
    if (c->count[c->side] > 1)
        qsort(c->records[c->side], c->count[c->side], sizeof(*c->records[c->side]), by_id);
    return rc;
}

/* ---- telling ---- */

static const char *where_name(const struct held *here, const struct held *there)
{
    return here == NULL ? "there" : there == NULL ? "here" : "both";
}

static const char *where_label(const struct held *here, const struct held *there)
{
    return here == NULL ? _("only there") : there == NULL ? _("only here") : _("reads otherwise");
}

static void tell(struct comparing *c, const struct scope *scope, const struct held *here, const struct held *there)
{
    const struct held *record = here != NULL ? here : there;
    if (record == NULL)
        return; /* in neither */
    const struct linli_schema_type *type = linli_schema_type_by_number(record->type);
    char id[OUTPUT_HEX_BYTES], number[16];
    output_id(&record->id, id);
    c->differ++;
    if (c->ctx->json) {
        c->status = output_json(c->ctx, json_pack("{s:o?, s:s, s:s, s:s, s:s}", "scope", output_json_id(&scope->id), "path", scope->path,
                                                  "record", id, "type", records_type_name(record->type, number), "held",
                                                  where_name(here, there)));
        return;
    }
    id[8] = '\0';
    const char *row[] = {scope->path, type != NULL ? value_type_label(type) : records_type_name(record->type, number), id,
                         where_label(here, there)};
    table_row(&c->table, row);
}

/* Both lists go by id. */
static void compare_lists(struct comparing *c, const struct scope *scope)
{
    size_t i = 0, j = 0;
    while ((i < c->count[HERE] || j < c->count[THERE]) && c->status == STATUS_DONE) {
        const struct held *here = i < c->count[HERE] ? &c->records[HERE][i] : NULL;
        const struct held *there = j < c->count[THERE] ? &c->records[THERE][j] : NULL;
        int order = here == NULL ? 1 : there == NULL ? -1 : by_id(here, there);
        i += order <= 0;
        j += order >= 0;
        if (order != 0)
            tell(c, scope, order < 0 ? here : NULL, order > 0 ? there : NULL);
        else if (strcmp(here->text, there->text) != 0)
            tell(c, scope, here, there);
    }
}

static void lists_clear(struct comparing *c)
{
    for (enum side side = HERE; side < SIDES; side++) {
        for (size_t i = 0; i < c->count[side]; i++)
            free(c->records[side][i].text);
        c->count[side] = 0;
    }
}

static int compare_all(struct comparing *c)
{
    int rc = LINLI_OK;
    for (c->side = HERE; c->side < SIDES && rc == LINLI_OK; c->side++)
        rc = linli_scope_each(c->stores[c->side], on_scope, c);
    for (size_t i = 0; i < c->scope_count && rc == LINLI_OK && !c->broken && c->status == STATUS_DONE; i++) {
        for (c->side = HERE; c->side < SIDES && rc == LINLI_OK; c->side++)
            rc = read_side(c, &c->scopes[i]);
        if (rc == LINLI_OK && !c->broken)
            compare_lists(c, &c->scopes[i]);
        lists_clear(c);
    }
    return rc == LINLI_OK && c->broken ? LINLI_E_NOMEM : rc;
}

/* ---- the other store ---- */

/* As this one is opened, but for its folder: by the key beside it, --key-file or a passphrase. */
static int other_open(struct context *ctx, linli_store **out)
{
    struct context other = *ctx;
    struct store_key key;
    struct linli_options options;
    memset(&key, 0, sizeof(key));
    other.store_dir = context_path(ctx, ctx->options.args[0]);
    if (other.store_dir == NULL)
        return fail_memory(ctx);
    int status = STATUS_DONE;
    if (!linli_store_exists(other.store_dir))
        status = fail(ctx, STATUS_NOT_FOUND, other.store_dir, _("name the folder of a store"), "%s", _("there is no store"));
    if (status == STATUS_DONE)
        status = store_key_find(&other, &key);
    if (status == STATUS_DONE) {
        store_options(&other, &key, &options);
        status = fail_code(ctx, other.store_dir, linli_store_open(&options, out));
    }
    store_key_free(&key);
    free(other.store_dir);
    return status;
}

/* What reads alike may still differ: in what was replaced or set aside, and in types that this version does not know. */
static int tell_digests(struct comparing *c)
{
    struct linli_status held[SIDES];
    int rc = LINLI_OK;
    for (enum side side = HERE; side < SIDES && rc == LINLI_OK; side++)
        rc = linli_store_status(c->stores[side], &held[side]);
    if (rc != LINLI_OK)
        return fail_code(c->ctx, "compare", rc);
    if (!c->ctx->json && memcmp(held[HERE].digest.b, held[THERE].digest.b, sizeof(held[HERE].digest.b)) != 0)
        fprintf(c->ctx->out, "%s\n", _("but they do not hold the same: areas, histories, or what this version cannot read"));
    return STATUS_DONE;
}

static int compare(struct comparing *c)
{
    struct spool spool;
    const char *headings[] = {_("area"), _("type"), _("record"), _("how")};
    int status = spool_begin(c->ctx, &c->ctx->out, &spool);
    if (status != STATUS_DONE)
        return status;
    table_begin(&c->table, headings, 4);
    int rc = compare_all(c);
    status = spool_end(c->ctx, &spool);
    int shown = table_finish(c->ctx, &c->table, !c->ctx->json && rc == LINLI_OK && c->differ > 0);
    if (rc != LINLI_OK)
        return fail_code(c->ctx, "compare", rc);
    status = status != STATUS_DONE ? status : c->status != STATUS_DONE ? c->status : shown;
    if (status == STATUS_DONE && !c->ctx->json)
        fprintf(c->ctx->out, _("%zu records differ\n"), c->differ);
    return status == STATUS_DONE && c->differ == 0 ? tell_digests(c) : status;
}

int verb_compare(struct context *ctx)
{
    struct comparing c = {.ctx = ctx, .stores = {ctx->store, NULL}};
    int status = other_open(ctx, &c.stores[THERE]);
    if (status == STATUS_DONE)
        status = compare(&c);
    for (size_t i = 0; i < c.scope_count; i++)
        free(c.scopes[i].path);
    free(c.scopes);
    lookup_free(&c.numbers);
    for (enum side side = HERE; side < SIDES; side++)
        free(c.records[side]);
    linli_store_close(c.stores[THERE]);
    return status;
}
