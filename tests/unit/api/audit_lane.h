/* tests: what the tests of the audit share: a lane with an office, a clerk, a captain and a resident of whom much is sealed. */
#ifndef LINLI_TEST_AUDIT_LANE_H
#define LINLI_TEST_AUDIT_LANE_H

#include "story.h"

enum { RES_PHONE = 7, RES_NOTE = 12, AUDIT = 13 << 1, AUDIT_FIELDS = 9, QUARTER_MS = 15 * 60 * 1000 };
enum { CONTACT = 1 << (LINLI_SEAL_CONTACT - 1), IDENTITY = 1 << (LINLI_SEAL_IDENTITY - 1), NOTES = 1 << (LINLI_SEAL_NOTES - 1) };

static const char phone[] = "19900000201", number[] = "530111199001010010", note[] = "canary-note";

/* A community that stands alone, a clerk of it, a captain of its patch, and one resident of whom much is sealed. */
struct lane {
    struct town town;
    linli_store *office, *clerk, *captain;
    linli_id root, patch, person;
};

static inline int set_shown(linli_store *store, const linli_id *id, linli_field field, const char *text)
{
    linli_record *record = NULL;
    assert_ok(linli_record_get_closed(store, id, &record));
    int rv = story_set(store, id, linli_record_token(record), field, linli_text(text));

    linli_record_free(record);
    return rv;
}

static inline void lane_meet(struct lane *l)
{
    for (int i = 0; i < 2; i++) {
        story_meet(l->office, l->captain);
        story_meet(l->office, l->clerk);
    }
}

static inline void lane_start(struct lane *l)
{
    memset(l, 0, sizeof(*l));
    town_start(&l->town);
    l->office = story_root(&l->town);
    l->root = story_root_scope(l->office);
    l->patch = story_scope(l->office, &l->root, "1");
    l->captain = story_join(&l->town, l->office, &l->patch, LINLI_CAPTAIN);
    l->clerk = story_join(&l->town, l->office, &l->root, LINLI_CLERK);
    lane_meet(l);
    l->person = story_new(l->captain, &l->patch, RESIDENT, RES_NAME, linli_text("Made-up Person"));
    assert_ok(set_shown(l->captain, &l->person, RES_PHONE, phone));
    assert_ok(set_shown(l->captain, &l->person, RES_NUMBER, number));
    assert_ok(set_shown(l->captain, &l->person, RES_NOTE, note));
    lane_meet(l);
    l->town.now_ms += QUARTER_MS;
}

static inline void lane_end(struct lane *l)
{
    linli_store_close(l->office);
    linli_store_close(l->clerk);
    linli_store_close(l->captain);
    town_end(&l->town);
}

/* ---- what was recorded ---- */

struct seen {
    struct linli_audit last;
    char actor[80], reason[300], state[32];
    size_t count;
};

static inline bool seen_one(void *ctx, const struct linli_audit *audit)
{
    struct seen *s = ctx;

    s->last = *audit;
    snprintf(s->actor, sizeof(s->actor), "%s", audit->actor);
    snprintf(s->reason, sizeof(s->reason), "%s", audit->reason);
    snprintf(s->state, sizeof(s->state), "%s", audit->state);
    s->count++;
    return true;
}

/* Readings and exports of one kind, or of all (0), from a moment on. */
static inline struct seen audited(linli_store *store, enum linli_audit_act act, uint64_t since_ms)
{
    struct linli_audit_query query = {.act = act, .since_ms = since_ms};
    struct seen seen = {.count = 0};

    assert_ok(linli_audit_each(store, &query, seen_one, &seen));
    return seen;
}

static inline void as(linli_store *store, const char *name, const char *reason)
{
    assert_ok(linli_audit_actor(store, &(struct linli_actor){.name = name, .reason = reason}));
}

/* ---- two ways to read ---- */

static inline bool any_record(void *ctx, const linli_record *record)
{
    (void)record;
    ++*(size_t *)ctx;
    return true;
}

static inline int call_get(linli_store *store, const struct lane *l, size_t *handed)
{
    linli_record *record = NULL;
    int rv = linli_record_get(store, &l->person, &record);

    *handed += record != NULL;
    linli_record_free(record);
    return rv;
}

static inline int call_list(linli_store *store, const struct lane *l, size_t *handed)
{
    struct linli_query query = {.type = RESIDENT, .scope = &l->root, .subtree = true};

    return linli_query_each(store, &query, any_record, handed);
}

#endif
