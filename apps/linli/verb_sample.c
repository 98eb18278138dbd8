/* Command line, `linli sample`: fills the store with a made-up town in the story's ratios. */
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "fail.h"
#include "output.h"
#include "sample_town.h"
#include "verbs.h"

enum { COMMUNITIES_MAX = 10000, HOUSEHOLDS_MAX = 20000, COMMUNITIES_A_STREET = 12, STREETS_A_DISTRICT = 10 };

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

static void fill_patch(struct town *town, struct street_life *life, const linli_id *patch, const char *name,
                       const struct sample_patch *about)
{
    sample_person(&town->sample, &life->captain);
    life->patch = patch;
    life->name = name;
    street_building(town, life, about, &life->building);
    street_patch(town, life);
    for (uint32_t n = 0; n < about->households && town->batch.status == STATUS_DONE; n++)
        street_home(town, life, n);
}

/* All patches of a community in one call: a changeset in the community, not one for each. */
static void fill_community(struct town *town, const linli_id *community, uint32_t households)
{
    size_t count = 0, room = households; /* a patch has a household at least */
    struct street_life life = {0};
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
    street_open(town, community, &life);
    for (size_t i = 0; i < count && town->batch.status == STATUS_DONE; i++) {
        town->scopes++;
        life.sure = i == 0;
        fill_patch(town, &life, &ids[i], names[i], &patches[i]);
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

static uint64_t made(const struct town *town, const char *name)
{
    size_t count = 0;
    const struct linli_schema_type *types = linli_schema_types(&count);
    for (size_t i = 0; i < count && i < TOWN_TYPES; i++)
        if (strcmp(types[i].name, name) == 0)
            return town->made[i];
    return 0;
}

/* Scopes, and the records of each type of which there are some. */
static json_t *counts_json(const struct town *town)
{
    size_t count = 0;
    const struct linli_schema_type *types = linli_schema_types(&count);
    json_t *json = json_object();
    for (size_t i = 0; json != NULL && i < count && i < TOWN_TYPES; i++)
        if (town->made[i] > 0 && json_object_set_new(json, types[i].name, json_integer((json_int_t)town->made[i])) != 0) {
            json_decref(json);
            json = NULL;
        }
    return json;
}

static int report(const struct town *town)
{
    if (town->ctx->json)
        return output_json(town->ctx,
                           json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o?}", "scopes", (json_int_t)town->scopes, "buildings",
                                     (json_int_t)made(town, "building"), "households", (json_int_t)made(town, "household"), "residents",
                                     (json_int_t)made(town, "resident"), "visits", (json_int_t)made(town, "visit"), "hazards",
                                     (json_int_t)made(town, "hazard"), "requests", (json_int_t)made(town, "request"), "types", counts_json(town)));
    fprintf(town->ctx->out, _("%llu scopes, %llu buildings, %llu households, %llu residents, %llu visits\n"),
            (unsigned long long)town->scopes, (unsigned long long)made(town, "building"), (unsigned long long)made(town, "household"),
            (unsigned long long)made(town, "resident"), (unsigned long long)made(town, "visit"));
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
