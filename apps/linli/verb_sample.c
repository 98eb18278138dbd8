/* Command line, `linli sample`: fills the store with a made-up town in the story's ratios. */
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "fail.h"
#include "output.h"
#include "progress.h"
#include "sample.h"
#include "store_open.h"
#include "verbs.h"

enum { COMMUNITIES_MAX = 10000, HOUSEHOLDS_MAX = 20000, COMMUNITIES_A_STREET = 12, STREETS_A_DISTRICT = 10 };

struct town {
    struct context *ctx;
    struct sample sample;
    struct batch batch;
    struct progress progress;
    bool captains_rule;
    linli_id district, street;
    uint64_t scopes, buildings, households, residents, visits, hazards, requests;
};

static const struct linli_schema_type *type_of(const char *name)
{
    return linli_schema_type_by_name(name);
}

/* The schema is this program's own: its fields are there by name. */
static void set(struct town *town, const struct linli_schema_type *type, const linli_id *id, const char *name,
                struct linli_value value)
{
    const struct linli_schema_field *field = linli_schema_field_by_name(type, name);
    const linli_span none = {NULL, 0};
    if (field == NULL)
        batch_fail(&town->batch, LINLI_E_SCHEMA);
    else if (field->rule == LINLI_SET)
        batch_add(&town->batch, id, none, field->number, value);
    else
        batch_set(&town->batch, id, none, field->number, value);
}

static bool draw(struct town *town, uint32_t in_thousand)
{
    return sample_draw(&town->sample, 1000) < in_thousand;
}

static void add_resident(struct town *town, const linli_id *patch, const linli_id *household,
                         const struct sample_person *person, bool head)
{
    static const char *const relations[] = {"配偶", "子", "女", "父亲", "母亲", "其他亲属"};
    static const char *const disabilities[] = {"肢体残疾", "视力残疾", "听力残疾", "言语残疾", "智力残疾", "精神残疾"};
    static const char *const grades[] = {"一级", "二级", "三级", "四级"};
    const struct linli_schema_type *type = type_of("resident");
    linli_id id;
    memset(&id, 0, sizeof(id));
    batch_create(&town->batch, patch, type->number, &id);
    set(town, type, &id, "household", linli_ref(household));
    set(town, type, &id, "name", linli_text(person->name));
    set(town, type, &id, "relation", linli_text(head ? "户主" : relations[sample_draw(&town->sample, 6)]));
    set(town, type, &id, "sex", linli_int(person->sex));
    set(town, type, &id, "id_number", linli_text(person->id_number));
    set(town, type, &id, "birth_date", linli_text(person->birth));
    set(town, type, &id, "phone", linli_text(person->phone));
    set(town, type, &id, "registered", linli_text("云南省昆明市样板区"));
    bool newcomer = draw(town, 180);
    set(town, type, &id, "residence", linli_text(newcomer ? "流动" : "常住"));
    if (newcomer)
        set(town, type, &id, "arrived", linli_text("2024-03-01"));
    if (draw(town, 25)) {
        set(town, type, &id, "disability_type", linli_text(disabilities[sample_draw(&town->sample, 6)]));
        set(town, type, &id, "disability_grade", linli_text(grades[sample_draw(&town->sample, 4)]));
    }
    town->residents++;
}

static void add_visit(struct town *town, const linli_id *patch, const linli_id *household, const char *met)
{
    const struct linli_schema_type *type = type_of("visit");
    int64_t now = (int64_t)store_now_ms(), ago = sample_draw(&town->sample, 60 * 24) * INT64_C(3600000);
    char time[DATES_TIME_BYTES];
    linli_id id;
    memset(&id, 0, sizeof(id));
    batch_create(&town->batch, patch, type->number, &id);
    set(town, type, &id, "household", linli_ref(household));
    set(town, type, &id, "time", linli_int(now - ago));
    set(town, type, &id, "purpose", linli_int(1 + sample_draw(&town->sample, 5)));
    set(town, type, &id, "met", linli_text(met));
    set(town, type, &id, "note", linli_text("一切正常"));
    dates_write_time(now - ago + 30 * INT64_C(86400000), time);
    set(town, type, &id, "next_due", linli_text_span(time, 10));
    set(town, type_of("household"), household, "last_visited", linli_int(now - ago));
    town->visits++;
}

static void add_request(struct town *town, const linli_id *patch, const linli_id *household)
{
    static const char *const titles[] = {"楼道安装扶手", "门口铺设坡道", "就医不便", "照明损坏", "办理残疾证"};
    const struct linli_schema_type *type = type_of("request");
    linli_id id;
    memset(&id, 0, sizeof(id));
    batch_create(&town->batch, patch, type->number, &id);
    set(town, type, &id, "title", linli_text(titles[sample_draw(&town->sample, 5)]));
    set(town, type, &id, "household", linli_ref(household));
    set(town, type, &id, "state", linli_int(1 + sample_draw(&town->sample, 5)));
    town->requests++;
}

static void add_household(struct town *town, const linli_id *patch, const char *building, uint32_t number)
{
    const struct linli_schema_type *type = type_of("household");
    struct sample_person person;
    char unit[16], floor[16], room[24], head[sizeof(person.name)];
    linli_id id;
    memset(&id, 0, sizeof(id));
    sample_person(&town->sample, &person);
    snprintf(head, sizeof(head), "%s", person.name);
    snprintf(unit, sizeof(unit), "%u", number / 14 + 1); /* seven floors, two doors to a floor */
    snprintf(floor, sizeof(floor), "%u", number % 14 / 2 + 1);
    snprintf(room, sizeof(room), "%s%02u", floor, number % 2 + 1);
    batch_create(&town->batch, patch, type->number, &id);
    set(town, type, &id, "building", linli_text(building));
    set(town, type, &id, "unit", linli_text(unit));
    set(town, type, &id, "floor", linli_text(floor));
    set(town, type, &id, "room", linli_text(room));
    set(town, type, &id, "head", linli_text(head));
    set(town, type, &id, "tenure", linli_int(draw(town, 220) ? 2 : 1));
    if (draw(town, 60))
        set(town, type, &id, "tags", linli_text("独居老人"));
    if (draw(town, 20))
        set(town, type, &id, "care", linli_text("雨天提醒"));
    for (uint32_t left = sample_residents(&town->sample), first = 1; left > 0; left--, first = 0) {
        if (first == 0)
            sample_person(&town->sample, &person);
        add_resident(town, patch, &id, &person, first == 1);
    }
    if (draw(town, 700))
        add_visit(town, patch, &id, head);
    if (draw(town, 30))
        add_request(town, patch, &id);
    town->households++;
    batch_step(&town->batch);
}

static void add_building(struct town *town, const linli_id *patch, const char *name, const struct sample_patch *about)
{
    const struct linli_schema_type *type = type_of("building"), *hazard = type_of("hazard");
    linli_id id;
    memset(&id, 0, sizeof(id));
    batch_create(&town->batch, patch, type->number, &id);
    set(town, type, &id, "name", linli_text(name));
    set(town, type, &id, "style", linli_int(about->style));
    set(town, type, &id, "year", linli_int(1985 + sample_draw(&town->sample, 35)));
    set(town, type, &id, "units", linli_int((about->households + 13) / 14));
    set(town, type, &id, "floors", linli_int(7));
    set(town, type, &id, "rooms_per_floor", linli_int(2));
    set(town, type, &id, "dwellings", linli_int(about->households));
    set(town, type, &id, "handrails", linli_int(sample_draw(&town->sample, 8)));
    town->buildings++;
    if (!draw(town, 300))
        return;
    batch_create(&town->batch, patch, hazard->number, &id);
    set(town, hazard, &id, "building", linli_text(name));
    set(town, hazard, &id, "place", linli_text("楼道"));
    set(town, hazard, &id, "kind", linli_int(1 + sample_draw(&town->sample, 5)));
    set(town, hazard, &id, "state", linli_int(1 + sample_draw(&town->sample, 5)));
    town->hazards++;
}

static bool add_scope(struct town *town, const linli_id *parent, enum linli_scope_kind kind, const char *name,
                      unsigned style, linli_id *id)
{
    struct linli_scope_spec spec = {.name = name, .kind = kind, .style = style};
    if (town->batch.status != STATUS_DONE)
        return false;
    int rc = linli_scope_add(town->ctx->store, parent, &spec, id);
    if (rc == LINLI_E_EXISTS)
        town->batch.status = fail(town->ctx, STATUS_FAILED, name, _("use a new store"), "%s",
                                  _("a scope of that name is there: this store has been filled before"));
    else
        batch_fail(&town->batch, rc);
    town->scopes += rc == LINLI_OK ? 1 : 0;
    return rc == LINLI_OK;
}

/* All patches of a community in one call: a changeset in the community, not one for each. */
static void fill_community(struct town *town, const linli_id *community, uint32_t households)
{
    size_t count = 0, room = households; /* a patch has a household at least */
    struct sample_patch *patches = calloc(room, sizeof(*patches));
    struct linli_scope_spec *specs = calloc(room, sizeof(*specs));
    linli_id *parents = calloc(room, sizeof(*parents)), *ids = calloc(room, sizeof(*ids));
    char(*names)[32] = calloc(room, sizeof(*names));
    if (patches == NULL || specs == NULL || parents == NULL || ids == NULL || names == NULL) {
        batch_fail(&town->batch, LINLI_E_NOMEM);
        goto out;
    }
    for (uint32_t left = households; left > 0; left -= patches[count++].households) {
        patches[count] = sample_patch(&town->sample, town->captains_rule, left);
        snprintf(names[count], sizeof(names[count]), "%zu栋", count + 1);
        parents[count] = *community;
        specs[count] = (struct linli_scope_spec){.name = names[count], .kind = LINLI_PATCH, .style = patches[count].style};
    }
    int rc = linli_scope_add_many(town->ctx->store, parents, specs, count, ids);
    if (rc == LINLI_E_EXISTS)
        town->batch.status = fail(town->ctx, STATUS_FAILED, "sample", _("use a new store"), "%s",
                                  _("a scope of that name is there: this store has been filled before"));
    else
        batch_fail(&town->batch, rc);
    for (size_t i = 0; i < count && town->batch.status == STATUS_DONE; i++) {
        town->scopes++;
        add_building(town, &ids[i], names[i], &patches[i]);
        for (uint32_t n = 0; n < patches[i].households && town->batch.status == STATUS_DONE; n++)
            add_household(town, &ids[i], names[i], n);
        if (!progress_at(&town->progress, town->households))
            batch_fail(&town->batch, LINLI_E_CANCELLED);
    }

out:
    free(patches);
    free(specs);
    free(parents);
    free(ids);
    free(names);
}

static void fill_city(struct town *town, const linli_id *city, uint32_t communities, uint32_t households)
{
    char name[64];
    for (uint32_t i = 0; i < communities && town->batch.status == STATUS_DONE; i++) {
        linli_id community;
        uint32_t street = i / COMMUNITIES_A_STREET;
        if (i % (COMMUNITIES_A_STREET * STREETS_A_DISTRICT) == 0) {
            snprintf(name, sizeof(name), "样板%u区", street / STREETS_A_DISTRICT + 1);
            if (!add_scope(town, city, LINLI_DISTRICT, name, 0, &town->district))
                return;
        }
        if (i % COMMUNITIES_A_STREET == 0) {
            snprintf(name, sizeof(name), "样板%u街道", street + 1);
            if (!add_scope(town, &town->district, LINLI_STREET, name, 0, &town->street))
                return;
        }
        snprintf(name, sizeof(name), "样板%u社区", i + 1);
        if (add_scope(town, &town->street, LINLI_COMMUNITY, name, 0, &community))
            fill_community(town, &community, households);
    }
}

static bool read_count(const char *text, uint64_t most, uint64_t *out)
{
    char *end = NULL;
    if (text == NULL || text[0] < '0' || text[0] > '9')
        return false;
    *out = strtoull(text, &end, 10);
    return *end == '\0' && *out <= most;
}

static int report(const struct town *town)
{
    if (town->ctx->json)
        return output_json(town->ctx, json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "scopes", (json_int_t)town->scopes,
                                                "buildings", (json_int_t)town->buildings, "households",
                                                (json_int_t)town->households, "residents", (json_int_t)town->residents,
                                                "visits", (json_int_t)town->visits, "hazards", (json_int_t)town->hazards,
                                                "requests", (json_int_t)town->requests));
    fprintf(town->ctx->out, _("%llu scopes, %llu buildings, %llu households, %llu residents, %llu visits\n"),
            (unsigned long long)town->scopes, (unsigned long long)town->buildings, (unsigned long long)town->households,
            (unsigned long long)town->residents, (unsigned long long)town->visits);
    return STATUS_DONE;
}

struct root {
    linli_id id;
    enum linli_scope_kind kind;
};

static bool on_scope(void *at, const struct linli_scope *scope)
{
    struct root *root = at;
    root->id = scope->id;
    root->kind = scope->kind;
    return false; /* the root comes first */
}

int verb_sample(struct context *ctx)
{
    uint64_t seed = 0, communities = 0, households = 0;
    struct root root = {.kind = LINLI_CITY};
    struct town town = {.ctx = ctx, .batch = {.ctx = ctx}, .captains_rule = option_has(&ctx->options, "captains-rule")};
    if (!read_count(option_value(&ctx->options, "seed"), UINT64_MAX, &seed) ||
        !read_count(option_value(&ctx->options, "communities"), COMMUNITIES_MAX, &communities) ||
        !read_count(option_value(&ctx->options, "households"), HOUSEHOLDS_MAX, &households) || households == 0)
        return fail_usage(ctx, _("--seed, --communities (at most %d) and --households (1 to %d each) are needed"),
                          COMMUNITIES_MAX, HOUSEHOLDS_MAX);
    int rc = linli_scope_each(ctx->store, on_scope, &root);
    if (rc != LINLI_OK)
        return fail_code(ctx, "sample", rc);
    sample_begin(&town.sample, seed);
    progress_begin(&town.progress, ctx, _("Filling"), root.kind == LINLI_CITY ? communities * households : households);
    if (root.kind == LINLI_CITY)
        fill_city(&town, &root.id, (uint32_t)communities, (uint32_t)households);
    else
        fill_community(&town, &root.id, (uint32_t)households);
    batch_flush(&town.batch);
    progress_end(&town.progress);
    return town.batch.status != STATUS_DONE ? town.batch.status : report(&town);
}
