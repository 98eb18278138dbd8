/*
 * bench: figures of a whole place, as 'linli stats' asks for them: a community of 20,000 residents whose records are there, and a city
 * that has its scopes and three years of counters, but no records behind them. Usage: linli_stats [PATCHES [HOUSEHOLDS]]
 */
#include <linli/linli.h>

#include <stdio.h>
#include <stdlib.h>

#include "api/handle.h"
#include "base/check.h"
#include "bench.h"
#include "model/schema.h"
#include "replica/internal.h"
#include "town.h"

enum {
    ASKED = 9, SCOPES_MAX = 512,
    HOUSEHOLD = 4 << 1, VISIT = 6 << 1, HAZARD = 7 << 1, REQUEST = 8 << 1, APPOINTMENT = 21 << 1 | 1, REGISTRATION = 26 << 1,
    DAYS = 3 * 365, STATES = 5, PATCH_DEPTH = 4, PATCH_HOUSEHOLDS = 55
};
#define FIRST_DAY INT64_C(19358)

/* ---- asking ---- */

struct answer {
    linli_id scopes[SCOPES_MAX];
    size_t count;
    uint64_t households, rows;
};

static bool on_coverage(void *ctx, const struct linli_coverage *coverage)
{
    struct answer *answer = ctx;

    if (answer->count == 0)
        answer->households = coverage->covered;
    must_be(answer->count < SCOPES_MAX, "more scopes than fit");
    answer->scopes[answer->count++] = coverage->scope->id;
    return true;
}

static bool on_tally(void *ctx, const struct linli_tally *tally)
{
    struct answer *answer = ctx;

    answer->rows += tally->records > 0;
    return true;
}

/* The place and each scope right below it, with all that is counted there. */
static void ask(linli_store *store, struct answer *answer)
{
    static const linli_type types[] = {HOUSEHOLD, VISIT, HAZARD, REQUEST, REGISTRATION};

    *answer = (struct answer){.count = 0};
    must(linli_coverage_each(store, NULL, FIRST_DAY + DAYS, on_coverage, answer), "coverage");
    for (size_t i = 0; i < answer->count; i++)
        for (size_t k = 0; k < COUNT_OF(types); k++) {
            const struct linli_schema_type *type = linli_schema_type_by_number(types[k]);
            for (size_t t = 0; t < type->tally_count; t++)
                must(linli_tally_each(store, &answer->scopes[i], types[k], type->tallies[t].fields, type->tallies[t].count, on_tally, answer),
                     "tally");
        }
}

static double asked_s(linli_store *store, struct answer *answer)
{
    double best = 0;

    for (size_t i = 0; i < ASKED; i++) {
        double start = cpu_s(); /* nothing waits for the disk: the time that a machine with nothing else to do takes */
        ask(store, answer);
        double took = cpu_s() - start;
        best = i == 0 || took < best ? took : best;
    }
    return best;
}

/* ---- a city's counters ---- */

static void number_put(struct tally_key *key, bool there, int64_t number)
{
    key->at[key->size] = there;
    be64_put(key->at + key->size + 1, there ? (uint64_t)number ^ UINT64_C(1) << 63 : 0);
    key->size = (uint8_t)(key->size + 9);
}

static void add(struct store_txn *txn, const struct tally_key *key, int64_t own, int64_t all)
{
    must(tally_add(txn, tally_span(key), own, all), "tally");
}

/* One captain, and the households of the patch. */
static void patch_fill(struct store_txn *txn, uint32_t scope)
{
    struct tally_key key;

    tally_begin(&key, HOUSEHOLD, 0, scope);
    add(txn, &key, PATCH_HOUSEHOLDS, PATCH_HOUSEHOLDS);
    tally_begin(&key, APPOINTMENT, 0, scope);
    for (size_t i = 0; i <= ID_BYTES; i++) /* names no other patch */
        key.at[key.size++] = 0;
    number_put(&key, true, 1 + scope % 2);
    number_put(&key, false, 0);
    add(txn, &key, 1, 1);
}

static void day_fill(struct store_txn *txn, uint32_t scope, int64_t day)
{
    static const struct {
        linli_type type;
        size_t tally;
    } by_state[] = {{HAZARD, 0}, {REQUEST, 0}, {HOUSEHOLD, 1}}; /* of a household the tenure */
    struct tally_key key;

    tally_begin(&key, VISIT, 0, scope);
    number_put(&key, true, day);
    add(txn, &key, 0, 1000);
    for (size_t i = 0; i < COUNT_OF(by_state); i++)
        for (int64_t state = 1; state <= STATES; state++) {
            tally_begin(&key, by_state[i].type, by_state[i].tally, scope);
            number_put(&key, true, state);
            number_put(&key, true, day);
            add(txn, &key, 0, 10);
        }
}

static void city_fill(linli_store *store)
{
    struct store_txn *txn = NULL;
    struct scope_row row;

    must(store_begin(store->replica->store, true, &txn), "begin");
    for (uint32_t scope = 1; scope_get(txn, scope, &row) == LINLI_OK; scope++) {
        if (row.depth == PATCH_DEPTH)
            patch_fill(txn, scope);
        for (int64_t day = FIRST_DAY; row.depth <= 1 && day < FIRST_DAY + DAYS; day++)
            day_fill(txn, scope, day);
    }
    must(store_commit(txn), "commit");
}

static void measure(const struct town *t, const char *name)
{
    char base[BENCH_DIR_BYTES], dir[2 * BENCH_DIR_BYTES];
    linli_store *store = NULL;
    struct answer answer;
    linli_id root;

    bench_dir(base);
    snprintf(dir, sizeof(dir), "%s/store", base);
    town_store(t, dir, &store, &root);
    if (t->city)
        city_fill(store);
    figure(name, asked_s(store, &answer));
    must_be(!t->city || answer.households == t->patches * PATCH_HOUSEHOLDS, "households that have a captain");
    linli_store_close(store);
    bench_dir_remove(base);
}

int main(int argc, char **argv)
{
    const struct town city = {argument(argc, argv, 1, 55000), 0, true};
    const struct town community = {argument(argc, argv, 2, 6667) / TOWN_HOUSEHOLDS, TOWN_HOUSEHOLDS, false};

    measure(&community, "community_seconds");
    measure(&city, "city_seconds");
    figures_end();
    return 0;
}
