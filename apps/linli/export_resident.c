/*
 * Command line, `linli export --resident`: what is held about one person, for them to read: their record, their household, what
 * names either, who wrote what when, and which devices may read it.
 */
#include <stdlib.h>
#include <string.h>

#include "about.h"
#include "dates.h"
#include "erasing.h"
#include "export.h"
#include "fail.h"
#include "output.h"
#include "records.h"
#include "value.h"

struct extract {
    struct context *ctx;
    struct about about, others;
    linli_id scope;         /* of the resident */
    const linli_id *record; /* whose writes are told */
    const struct linli_schema_type *type;
    json_t *records, *writes, *readers;
    struct table table;
    linli_id above[16];     /* the scope, and those above it */
    size_t above_count;
    bool broken;
};

static bool append(json_t *array, json_t *one)
{
    return one != NULL && json_array_append_new(array, one) == 0;
}

/* --- what is about them --- */

static int household_add(struct extract *x, const linli_record *resident)
{
    const struct linli_schema_type *type = linli_schema_type_by_name("resident"), *household = linli_schema_type_by_name("household");
    const struct linli_reading *names = linli_record_field(resident, linli_schema_field_by_name(type, "household")->number);
    linli_record *there = NULL;
    if (names == NULL || names->value.kind != LINLI_KIND_ID ||
        linli_record_get_closed(x->ctx->store, &names->value.id, &there) != LINLI_OK)
        return LINLI_OK; /* it names none that is held here */
    bool added = linli_record_type(there) != household->number || about_add(&x->about, &names->value.id, household->number);
    linli_record_free(there);
    return added ? LINLI_OK : LINLI_E_NOMEM;
}

/* Does this record go with another person, or with something that was found to be another's? */
static bool names_another(const struct extract *x, const linli_record *record, const struct linli_schema_type *type)
{
    const linli_type person = linli_schema_type_by_name("resident")->number;
    for (size_t i = 0; i < type->field_count; i++) {
        const struct linli_schema_field *field = &type->fields[i];
        const struct linli_reading *whom = field->goes_with ? linli_record_field(record, field->number) : NULL;
        if (whom == NULL || whom->value.kind != LINLI_KIND_ID)
            continue;
        if (field->ref == person && memcmp(&whom->value.id, &x->about.ids[0], sizeof(linli_id)) != 0)
            return true;
        for (size_t k = 0; k < x->others.count; k++)
            if (memcmp(&whom->value.id, &x->others.ids[k], sizeof(linli_id)) == 0)
                return true;
    }
    return false;
}

/* `same_as` names two people and is about both. */
static int of_another(struct extract *x, size_t i, bool *is)
{
    const struct linli_schema_type *type = linli_schema_type_by_number(x->about.types[i]);
    linli_record *record = NULL;
    *is = false;
    if (i == 0 || type == NULL || type == linli_schema_type_by_name("same_as"))
        return LINLI_OK;
    int rc = linli_record_get_closed(x->ctx->store, &x->about.ids[i], &record);
    *is = rc == LINLI_OK && names_another(x, record, type);
    linli_record_free(record);
    return rc;
}

/* What the household has to do with others who live there is for them to ask. What goes with something stands behind it. */
static int others_leave(struct extract *x)
{
    size_t kept = 0;
    int rc = LINLI_OK;
    for (size_t i = 0; i < x->about.count && rc == LINLI_OK; i++) {
        bool is = false;
        rc = of_another(x, i, &is);
        if (is && !about_add(&x->others, &x->about.ids[i], x->about.types[i]))
            rc = LINLI_E_NOMEM;
        if (is)
            continue;
        x->about.types[kept] = x->about.types[i];
        x->about.ids[kept++] = x->about.ids[i];
    }
    x->about.count = kept;
    return rc;
}

static int gather(struct extract *x, const linli_id *id)
{
    linli_record *record = NULL;
    int rc = linli_record_get_closed(x->ctx->store, id, &record);
    if (rc != LINLI_OK)
        return rc;
    x->scope = *linli_record_scope(record);
    if (linli_record_type(record) != linli_schema_type_by_name("resident")->number)
        rc = LINLI_E_NOT_FOUND;
    if (rc == LINLI_OK && !about_add(&x->about, id, linli_record_type(record)))
        rc = LINLI_E_NOMEM;
    if (rc == LINLI_OK)
        rc = household_add(x, record);
    linli_record_free(record);
    if (rc == LINLI_OK)
        rc = about_follow(&x->about);
    return rc == LINLI_OK ? others_leave(x) : rc;
}

/* --- who wrote --- */

static bool on_write(void *at, const struct linli_write *write)
{
    struct extract *x = at;
    char device[64], when[DATES_TIME_BYTES], number[16];
    const struct linli_schema_field *field = x->type != NULL ? linli_schema_field_by_number(x->type, write->field) : NULL;
    const char *who = records_device(x->ctx, write->dot.author.key, device);
    const char *name = write->field == 0 ? "deleted" : records_field_name(x->type, write->field, number);
    if (x->ctx->json) {
        x->broken = !append(x->writes, json_pack("{s:o?, s:s, s:s, s:s, s:b, s:b}", "record", output_json_id(x->record), "device", who,
                                                 "stamp", records_stamp(write->stamp, when), "field", name, "superseded",
                                                 write->superseded ? 1 : 0, "set_aside", write->set_aside ? 1 : 0));
        return !x->broken;
    }
    dates_write_local((int64_t)(write->stamp >> 16), when);
    const char *row[] = {when, who, x->type != NULL ? value_type_label(x->type) : "", field != NULL ? value_field_label(field) : name};
    table_row(&x->table, row);
    return !x->table.broken;
}

/* --- who may read --- */

struct scope_above {
    linli_id id, parent;
};
struct tree {
    struct scope_above *at;
    size_t count, room;
    bool broken;
};

static bool on_scope(void *at, const struct linli_scope *scope)
{
    struct tree *t = at;
    if (t->count == t->room) {
        size_t room = t->room == 0 ? 64 : 2 * t->room;
        struct scope_above *larger = realloc(t->at, room * sizeof(*larger));
        if (larger == NULL) {
            t->broken = true;
            return false;
        }
        t->at = larger;
        t->room = room;
    }
    t->at[t->count++] = (struct scope_above){scope->id, scope->parent};
    return true;
}

static const struct scope_above *scope_at(const struct tree *t, const linli_id *id)
{
    for (size_t i = 0; i < t->count; i++)
        if (memcmp(&t->at[i].id, id, sizeof(*id)) == 0)
            return &t->at[i];
    return NULL;
}

static int above_find(struct extract *x)
{
    struct tree tree = {.count = 0};
    int rc = linli_scope_each(x->ctx->store, on_scope, &tree);
    const struct scope_above *at = scope_at(&tree, &x->scope);
    for (; at != NULL && x->above_count < sizeof(x->above) / sizeof(x->above[0]); at = scope_at(&tree, &at->parent))
        x->above[x->above_count++] = at->id;
    free(tree.at);
    return tree.broken ? LINLI_E_NOMEM : rc;
}

enum { READ_PERSONAL = 1 << 1 };

static bool on_grant(void *at, const struct linli_grant *grant)
{
    struct extract *x = at;
    char key[OUTPUT_HEX_BYTES];
    bool there = false;
    for (size_t i = 0; i < x->above_count; i++)
        there = there || memcmp(&x->above[i], &grant->scope, sizeof(grant->scope)) == 0;
    if (!there || grant->revoked || (grant->rights & READ_PERSONAL) == 0)
        return true;
    output_hex(grant->device, 32, key);
    if (x->ctx->json) {
        x->broken = !append(x->readers, json_pack("{s:s, s:s, s:s}", "device", key, "name", grant->name, "role",
                                                  output_role((unsigned)grant->role)));
        return !x->broken;
    }
    key[8] = '\0';
    const char *row[] = {output_role_label((unsigned)grant->role), grant->name, key};
    table_row(&x->table, row);
    return !x->table.broken;
}

/* --- written out --- */

static int record_write(struct extract *x, const linli_id *id)
{
    linli_record *record = NULL;
    int status = STATUS_DONE;
    int rc = linli_record_get(x->ctx->store, id, &record);
    if (rc == LINLI_OK && x->ctx->json)
        x->broken = !append(x->records, records_json(record, RECORDS_CONFLICTS | RECORDS_DELETED));
    else if (rc == LINLI_OK)
        status = records_print(x->ctx, record);
    linli_record_free(record);
    rc = x->broken ? LINLI_E_NOMEM : rc;
    if (rc == LINLI_OK && status == STATUS_DONE && !x->ctx->json)
        rc = erasing_text(x->ctx, id);
    return rc != LINLI_OK ? fail_code(x->ctx, "export", rc) : status;
}

static int writes_write(struct extract *x)
{
    const char *headings[] = {_("when"), _("who"), "", _("field")};
    int rc = LINLI_OK;
    if (!x->ctx->json)
        fprintf(x->ctx->out, "\n%s\n", _("Who wrote what:"));
    table_begin(&x->table, headings, 4);
    for (size_t i = 0; i < x->about.count && rc == LINLI_OK; i++) {
        x->record = &x->about.ids[i];
        x->type = linli_schema_type_by_number(x->about.types[i]);
        rc = linli_history_each(x->ctx->store, x->record, on_write, x);
    }
    int status = table_finish(x->ctx, &x->table, !x->ctx->json && rc == LINLI_OK);
    return rc != LINLI_OK ? fail_code(x->ctx, "export", rc) : status;
}

static int readers_write(struct extract *x)
{
    const char *headings[] = {_("role"), _("name"), _("device")};
    int rc = above_find(x);
    if (!x->ctx->json)
        fprintf(x->ctx->out, "\n%s\n", _("Devices that may read it:"));
    table_begin(&x->table, headings, 3);
    if (rc == LINLI_OK)
        rc = linli_grant_each(x->ctx->store, on_grant, x);
    int status = table_finish(x->ctx, &x->table, !x->ctx->json && rc == LINLI_OK);
    return rc != LINLI_OK ? fail_code(x->ctx, "export", rc) : status;
}

static int extract_write(struct extract *x)
{
    int status = STATUS_DONE;
    for (size_t i = 0; i < x->about.count && status == STATUS_DONE; i++)
        status = record_write(x, &x->about.ids[i]);
    if (status == STATUS_DONE)
        status = writes_write(x);
    if (status == STATUS_DONE)
        status = readers_write(x);
    if (status != STATUS_DONE || !x->ctx->json)
        return status;
    return x->broken ? fail_memory(x->ctx)
                     : output_json(x->ctx, json_pack("{s:o?, s:O, s:O, s:O}", "resident", output_json_id(&x->about.ids[0]), "records",
                                                     x->records, "writes", x->writes, "readers", x->readers));
}

int export_resident(struct export *export)
{
    struct context *ctx = export->ctx;
    struct extract x = {.ctx = ctx, .about = {.ctx = ctx}, .records = json_array(), .writes = json_array(), .readers = json_array()};
    FILE *before = ctx->out;
    int rc = x.records == NULL || x.writes == NULL || x.readers == NULL ? LINLI_E_NOMEM : gather(&x, export->resident);
    int status = rc == LINLI_OK ? STATUS_DONE : fail_code(ctx, option_value(&ctx->options, "resident"), rc);
    ctx->out = export->out;
    if (status == STATUS_DONE)
        status = extract_write(&x);
    ctx->out = before;
    export->count = x.about.count;
    json_decref(x.records);
    json_decref(x.writes);
    json_decref(x.readers);
    about_free(&x.about);
    about_free(&x.others);
    return status;
}
