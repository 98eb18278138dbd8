/* tests: replica: a made-up community in which somebody is written about and erased, and what must hold then. */
#ifndef LINLI_TEST_ERASING_STORY_H
#define LINLI_TEST_ERASING_STORY_H

#include "canary.h"
#include "look.h"
#include "replica/erasing.h"

enum { RESIDENT_RELATION = 3 }; /* like the name, and unlike the number, it lies open on the disk */
#define FIRST "Canary Firstname"
#define SECOND "Canary Secondname"
#define SECRET "530111CANARYNUMBER"
#define BYSTANDER "Bystander Neighbour"

/* A made-up community: an office, a clerk of the patch who may manage there, and two captains. */
struct story {
    struct town town;
    struct replica *office, *clerk, *captain, *other;
    struct device_keys clerk_keys, keys;
    linli_id root, patch, record;
};

static inline void story_start(struct story *s)
{
    town_start(&s->town);
    s->office = town_root(&s->town);
    s->root = replica_identity(s->office)->root_scope;
    s->patch = scope_add(s->office, &s->root, "patch 1");
    device_make(&s->town, &s->keys);
    device_make(&s->town, &s->clerk_keys);
    s->clerk = town_join_keys(&s->town, s->office, &s->patch, LINLI_CLERK, &s->clerk_keys);
    s->captain = town_join_keys(&s->town, s->office, &s->patch, LINLI_CAPTAIN, &s->keys);
    s->other = town_join(&s->town, s->office, &s->patch, LINLI_CAPTAIN);
    meet(s->office, s->clerk);
    meet(s->office, s->captain);
    meet(s->office, s->other);
    s->record = id_new(&s->town);
}

static inline void all_meet(struct story *s)
{
    struct replica *const with[] = {s->clerk, s->captain, s->other};

    for (unsigned round = 0; round < 2; round++)
        for (size_t i = 0; i < COUNT_OF(with); i++)
            meet(s->office, with[i]);
}

/* --- writing --- */

static inline void name_add(struct edit *e, const linli_id *scope, const linli_id *record, const char *name)
{
    assert_ok(edit_life(e, scope, record, TYPE_RESIDENT));
    assert_ok(edit_text(e, scope, record, TYPE_RESIDENT, RESIDENT_NAME, name));
    assert_ok(edit_text(e, scope, record, TYPE_RESIDENT, RESIDENT_ID_NUMBER, SECRET));
}

static inline void resident_new(struct replica *r, const linli_id *scope, const linli_id *record, const char *name)
{
    struct edit edit = {.count = 0}, *edits[] = {&edit};

    name_add(&edit, scope, record, name);
    assert_ok(replica_commit(r, edits, 1, NULL));
    edit_free(&edit);
}

static inline int resident_set(struct replica *r, const linli_id *scope, const linli_id *record, linli_field field, const char *text)
{
    struct edit edit = {.count = 0}, *edits[] = {&edit};

    assert_ok(edit_text(&edit, scope, record, TYPE_RESIDENT, field, text));
    edit_shown(r, &edit, 0);
    int rv = replica_commit(r, edits, 1, NULL);
    edit_free(&edit);
    return rv;
}

/* Does it show that the record is there, and this name of it ("": none)? */
static inline void assert_shows(struct replica *r, const linli_id *record, const char *name)
{
    struct arena a = {0};
    struct record_state state;
    struct group_reading reading;
    struct reader in;

    assert_ok(replica_load(r, &a, record, NULL, &state));
    assert_non_null(record_group(&state, group_number(0, RULE_REGISTER, CLASS_PUBLIC)));
    const struct group_state *g = record_group(&state, group_number(RESIDENT_NAME, RULE_REGISTER, CLASS_PERSONAL));
    if (name[0] == '\0') {
        assert_null(g);
        assert_null(record_group(&state, group_number(RESIDENT_RELATION, RULE_REGISTER, CLASS_PERSONAL)));
        assert_null(record_group(&state, group_number(RESIDENT_ID_NUMBER, RULE_REGISTER, CLASS_SENSITIVE)));
    } else {
        assert_non_null(g);
        assert_ok(reading_group(&a, g, replica_names(r), &reading));
        reader_start(&in, reading_field(reading.values[0]->bytes, RESIDENT_NAME));
        span text = reader_text(&in, 63);
        assert_int_equal(text.size, strlen(name));
        assert_memory_equal(text.at, name, text.size);
    }
    arena_free(&a);
}

static inline struct linli_erased erase(struct replica *r, const linli_id *record)
{
    struct linli_erase order = {.records = record, .count = 1, .reason = LINLI_ERASE_REQUEST, .note = "a made-up wish"};
    struct linli_erased done;

    assert_ok(replica_erase(r, &order, &done));
    return done;
}

static inline uint64_t aside(struct replica *r)
{
    struct linli_status status;

    assert_ok(replica_status(r, &status));
    return status.set_aside;
}

static inline void assert_no_trace(struct story *s, size_t house)
{
    struct replica *r = house_reopen(&s->town, house); /* closing and opening write the store anew */

    assert_false(replica_stale(r));
    assert_false(canary_in_folder(s->town.houses[house].dir, FIRST));
    assert_false(canary_in_folder(s->town.houses[house].dir, SECOND));
    assert_verifies(r);
}

/* Nothing of it on any disk; everybody shows the same, wants nothing, and has nothing aside. */
static inline void assert_gone(struct story *s)
{
    struct replica **const all[] = {&s->office, &s->clerk, &s->captain, &s->other};

    for (size_t i = 0; i < COUNT_OF(all); i++) {
        assert_no_trace(s, i);
        *all[i] = s->town.houses[i].replica;
        assert_shows(*all[i], &s->record, "");
        assert_int_equal(wants(*all[i], &s->patch), 0);
        assert_int_equal(aside(*all[i]), 0);
        assert_same(s->office, *all[i], &s->patch);
    }
}

static inline struct linli_revoke revoke_strictly(const struct device_keys *keys, uint64_t since_ms)
{
    struct linli_revoke order = {.reason = LINLI_REASON_STOLEN, .strict = true, .since_ms = since_ms};

    memcpy(order.device, keys->sign_public, KEY_BYTES);
    return order;
}

/* --- by hand --- */

static inline struct hand captain_hand(struct story *s, struct device_keys *keys)
{
    struct invitation inv;
    struct buf answer = {0};

    device_make(&s->town, keys);
    invite(s->office, &s->patch, LINLI_CAPTAIN, &inv);
    assert_ok(enrol(s->office, &inv, keys, &answer));
    buf_free(&answer);
    linli_hash grant = grant_of(s->office, keys);
    return hand_make(s->office, keys, &s->patch, &grant, s->town.now_ms);
}

static inline struct hand_write name_write(const linli_id *record, const char *text, const struct seen_head *seen)
{
    return (struct hand_write){.type = TYPE_RESIDENT, .record = *record, .text = text, .seen = seen,
                               .group = group_number(RESIDENT_NAME, RULE_REGISTER, CLASS_PERSONAL)};
}

/* A name of this record in a run that waits, since it cites what nobody has heard of yet. Returns: whose it is. */
static inline linli_author hand_waits(struct story *s, const linli_id *record, struct buf *unseen, struct buf *waits)
{
    struct device_keys keys, unseen_keys;
    struct hand other = captain_hand(s, &unseen_keys), hand = captain_hand(s, &keys);
    linli_id elsewhere = id_new(&s->town);
    struct hand_write w = name_write(&elsewhere, BYSTANDER, NULL);

    hand_one(&other, &w, unseen);
    struct seen_head seen = {other.author, other.seq, other.id};
    w = name_write(record, SECOND, &seen);
    hand_one(&hand, &w, waits);
    return hand.author;
}

/* One changeset with a name of each of two people, which come in order. */
static inline void pair_write(struct arena *a, struct hand *h, const linli_id records[2], const char *const texts[2],
                              uint32_t flags, struct buf *entry)
{
    struct draft_part parts[2];
    struct buf ops[2] = {{0}};

    for (size_t i = 0; i < 2; i++) {
        struct op op = {.group = group_number(RESIDENT_NAME, RULE_REGISTER, CLASS_PERSONAL)};
        struct buf value = {0};
        write_map(&value, 1);
        write_uint(&value, RESIDENT_NAME);
        write_text(&value, texts[i], strlen(texts[i]));
        op.value = buf_span(&value);
        assert_ok(ops_encode(&ops[i], a, &op, 1, hand_index, NULL));
        parts[i] = (struct draft_part){.type = TYPE_RESIDENT, .record = records[i], .cls = CLASS_PERSONAL, .ops = buf_span(&ops[i])};
        buf_free(&value);
    }
    struct draft draft = {.at = {h->of->self.network, h->scope, h->author, h->seq + 1, h->id}, .grant = &h->grant,
                          .stamp = ++h->stamp, .schema = SCHEMA_VERSION | flags, .parts = parts, .part_count = 2};
    assert_ok(changeset_encode(a, &draft, entry, &h->id));
    h->seq++;
    h->cited_grant = h->grant;
    buf_free(&ops[0]);
    buf_free(&ops[1]);
}

static inline void hand_pair(struct hand *h, const linli_id records[2], const char *const texts[2], uint32_t flags, struct buf *out)
{
    struct hand start = *h;
    struct arena a = {0};
    struct buf entry = {0};

    pair_write(&a, h, records, texts, flags, &entry);
    hand_run(&start, h, buf_span(&entry), &entry.size, 1, out);
    buf_free(&entry);
    arena_free(&a);
}

/*
 * One changeset with two parts of one record and class, which no honest writer makes, as a run of its own. The texts are of one
 * length, so that its tail is that of a changeset about two records.
 */
static inline void hand_twins(struct hand *h, const linli_id *record, const char *one, const char *two, struct buf *out)
{
    const char *const texts[] = {one, two};
    linli_id records[] = {*record, *record};
    struct arena a = {0};
    struct buf entry = {0}, twins = {0};
    struct hand start = *h;
    struct changeset cs;

    records[1].b[ID_BYTES - 1] ^= 1;
    struct position at = {h->of->self.network, h->scope, h->author, h->seq + 1, h->id};
    pair_write(&a, h, records, texts, 0, &entry);
    assert_ok(changeset_decode(&a, &at, buf_span(&entry), &cs));
    write_array(&twins, 2);
    write_raw(&twins, cs.tail);
    write_array(&twins, 2);
    for (size_t i = 0; i < 2; i++) {
        const uint8_t *id = cs.parts[i].ops.at - ID_BYTES;
        (void)buf_append(&twins, cs.parts[i].bytes.at, (size_t)(id - cs.parts[i].bytes.at));
        (void)buf_append(&twins, record->b, ID_BYTES);
        assert_ok(buf_append(&twins, cs.parts[i].ops.at, cs.parts[i].ops.size));
    }
    assert_ok(changeset_decode(&a, &at, buf_span(&twins), &cs));
    h->id = cs.id;
    hand_run(&start, h, buf_span(&twins), &twins.size, 1, out);
    buf_free(&entry);
    buf_free(&twins);
    arena_free(&a);
}

#endif
