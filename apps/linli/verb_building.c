/* Command line, `linli building add`: a building with its units and every dwelling in them, from three numbers. */
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "dwelling_link.h"
#include "fail.h"
#include "output.h"
#include "records.h"
#include "value.h"
#include "verbs.h"

enum { UNITS_MAX = 99, FLOORS_MAX = 99, ROOMS_MAX = 99, DWELLINGS_MAX = 20000, NAME_BYTES = 160, FLAGS = 6 };

struct plan {
    struct context *ctx;
    struct batch batch;
    const linli_id *scope;
    const char *name;
    int64_t units, floors, rooms;
    const char *skip;    /* floors that there are not, parted by commas, or NULL */
    linli_id building;
    size_t dwellings, created, linked;
};

static bool on_erasure(void *at, const struct linli_erasure *erasure)
{
    *(bool *)at = erasure->counts;
    return !erasure->counts;
}

/* What is there under the name already serves, unless it was deleted, or erased, which hides it likewise. */
static void look_at(struct plan *plan, const char *name, const linli_id *id)
{
    linli_record *record = NULL;
    bool erased = false;
    int rc = linli_record_get_closed(plan->ctx->store, id, &record);
    bool deleted = rc == LINLI_OK && linli_record_deleted(record);
    linli_record_free(record);
    if (deleted)
        rc = linli_erasure_each(plan->ctx->store, id, on_erasure, &erased);
    batch_fail(&plan->batch, rc);
    if (!deleted || rc != LINLI_OK)
        return;
    plan->batch.status = fail(plan->ctx, STATUS_REFUSED, name,
                              erased ? _("give another name") : _("give another name, or bring it back with 'linli delete --restore'"),
                              "%s", erased ? _("it was erased") : _("it was deleted"));
}

/* A thing of the building under a name that two devices make the same id of: who adds it apart adds the same. */
static bool make(struct plan *plan, const char *type_name, const char *name, linli_id *id)
{
    const struct linli_schema_type *type = linli_schema_type_by_name(type_name);
    linli_txn *txn = batch_txn(&plan->batch);
    int rc = txn == NULL ? LINLI_E_ARG : linli_record_create_named(txn, plan->scope, type->number, name, id);
    if (txn != NULL && rc == LINLI_E_EXISTS)
        look_at(plan, name, id);
    else if (txn != NULL)
        batch_fail(&plan->batch, rc);
    plan->created += rc == LINLI_OK ? 1 : 0;
    return rc == LINLI_OK;
}

static void set(struct plan *plan, const char *type, const linli_id *id, const char *field, struct linli_value value)
{
    const linli_span none = {NULL, 0};
    batch_set(&plan->batch, id, none, linli_schema_field_by_name(linli_schema_type_by_name(type), field)->number, value);
}

static bool skipped(const struct plan *plan, int64_t floor)
{
    for (const char *at = plan->skip; at != NULL && *at != '\0'; at += strcspn(at, ",")) {
        at += *at == ',' ? 1 : 0;
        if (strtoll(at, NULL, 10) == floor)
            return true;
    }
    return false;
}

static void add_dwelling(struct plan *plan, const linli_id *unit, int64_t number, int64_t floor, int64_t door)
{
    char room[16], name[NAME_BYTES];
    linli_id id;
    snprintf(room, sizeof(room), "%d%02d", (int)floor, (int)door);
    snprintf(name, sizeof(name), "%s/%d/%s", plan->name, (int)number, room);
    plan->dwellings++;
    if (!make(plan, "dwelling", name, &id))
        return;
    set(plan, "dwelling", &id, "building", linli_ref(&plan->building));
    set(plan, "dwelling", &id, "unit", linli_ref(unit));
    set(plan, "dwelling", &id, "floor", linli_int(floor));
    set(plan, "dwelling", &id, "room", linli_text(room));
    set(plan, "dwelling", &id, "use", linli_int(1));
    batch_step(&plan->batch);
}

static void add_unit(struct plan *plan, int64_t number)
{
    char text[16], name[NAME_BYTES];
    linli_id id;
    snprintf(text, sizeof(text), "%d", (int)number);
    snprintf(name, sizeof(name), "%s/%d", plan->name, (int)number);
    if (make(plan, "unit", name, &id)) {
        set(plan, "unit", &id, "building", linli_ref(&plan->building));
        set(plan, "unit", &id, "name", linli_text(text));
        set(plan, "unit", &id, "floors", linli_int(plan->floors));
        set(plan, "unit", &id, "rooms_per_floor", linli_int(plan->rooms));
    }
    for (int64_t floor = 1; floor <= plan->floors; floor++)
        for (int64_t door = 1; !skipped(plan, floor) && door <= plan->rooms && plan->batch.status == STATUS_DONE; door++)
            add_dwelling(plan, &id, number, floor, door);
}

/* What is said beside the three numbers, by the schema's own names. Exit code. */
static int add_facts(struct plan *plan)
{
    static const char *const facts[FLAGS] = {"style", "year", "lifts", "ramps", "handrails", "address"};
    const struct linli_schema_type *type = linli_schema_type_by_name("building");
    for (size_t i = 0; i < FLAGS; i++) {
        const char *text = option_value(&plan->ctx->options, facts[i]);
        const struct linli_schema_field *field = linli_schema_field_by_name(type, facts[i]);
        struct value value;
        if (text == NULL)
            continue;
        int rc = value_read(field, text, &value);
        if (rc != LINLI_OK)
            return rc == LINLI_E_NOMEM ? fail_memory(plan->ctx)
                                       : fail(plan->ctx, STATUS_USAGE, field->name, value_hint(field), "%s", _("the value is of another kind"));
        set(plan, "building", &plan->building, facts[i], value.value);
        value_free(&value);
    }
    return STATUS_DONE;
}

static int add_building(struct plan *plan)
{
    int status = STATUS_DONE;
    if (make(plan, "building", plan->name, &plan->building)) {
        set(plan, "building", &plan->building, "name", linli_text(plan->name));
        set(plan, "building", &plan->building, "units", linli_int(plan->units));
        set(plan, "building", &plan->building, "floors", linli_int(plan->floors));
        set(plan, "building", &plan->building, "rooms_per_floor", linli_int(plan->rooms));
        status = add_facts(plan);
    }
    for (int64_t i = 1; status == STATUS_DONE && i <= plan->units && plan->batch.status == STATUS_DONE; i++)
        add_unit(plan, i);
    if (status != STATUS_DONE)
        plan->batch.status = status;
    batch_flush(&plan->batch);
    plan->linked = dwelling_link(&plan->batch, plan->scope);
    batch_flush(&plan->batch);
    return plan->batch.status;
}

static bool read_number(const struct context *ctx, const char *flag, int64_t most, int64_t *out)
{
    const char *text = option_value(&ctx->options, flag);
    if (text == NULL || text[0] == '\0' || strlen(text) > 4 || text[strspn(text, "0123456789")] != '\0')
        return false;
    *out = strtoll(text, NULL, 10);
    return *out > 0 && *out <= most;
}

static int report(const struct plan *plan)
{
    struct context *ctx = plan->ctx;
    char id[OUTPUT_HEX_BYTES];
    output_id(&plan->building, id);
    if (ctx->json)
        return output_json(ctx, json_pack("{s:s, s:s, s:I, s:I, s:I, s:I}", "id", id, "type", "building", "units", (json_int_t)plan->units,
                                          "dwellings", (json_int_t)plan->dwellings, "created", (json_int_t)plan->created, "linked",
                                          (json_int_t)plan->linked));
    fprintf(ctx->out, _("%s: %lld units, %zu dwellings; %zu records are new\n"), id, (long long)plan->units, plan->dwellings, plan->created);
    if (plan->linked > 0)
        fprintf(ctx->out, _("%zu households of that address now name their dwelling\n"), plan->linked);
    return STATUS_DONE;
}

int verb_building_add(struct context *ctx)
{
    struct plan plan = {.ctx = ctx, .batch = {.ctx = ctx}, .name = option_value(&ctx->options, "name"),
                        .skip = option_value(&ctx->options, "skip")};
    linli_id scope;
    bool given = false;
    if (plan.name == NULL || plan.name[0] == '\0' || strlen(plan.name) > NAME_BYTES - 32)
        return fail_usage(ctx, "%s", _("--name NAME is needed"));
    if (!read_number(ctx, "units", UNITS_MAX, &plan.units) || !read_number(ctx, "floors", FLOORS_MAX, &plan.floors) ||
        !read_number(ctx, "rooms", ROOMS_MAX, &plan.rooms) || plan.units * plan.floors * plan.rooms > DWELLINGS_MAX)
        return fail_usage(ctx, _("--units, --floors and --rooms are needed, each 1 to 99, and at most %d dwellings in all"), DWELLINGS_MAX);
    if (plan.skip != NULL && plan.skip[strspn(plan.skip, "0123456789,")] != '\0')
        return fail_usage(ctx, "%s", _("--skip takes floors parted by commas"));
    int status = records_scope_option(ctx, &scope, &given);
    if (status == STATUS_DONE && !given)
        status = fail_usage(ctx, "%s", _("a new record needs --scope"));
    if (status != STATUS_DONE)
        return status;
    plan.scope = &scope;
    status = add_building(&plan);
    return status == STATUS_DONE ? report(&plan) : status;
}
