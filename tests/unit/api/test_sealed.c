/*
 * api: sealed fields: who is entitled reads and finds them, everybody else keeps bytes; and the files hold no word of them.
 */
#include "canary.h"
#include "story.h"

enum { RES_PHONE = 7, RES_DISABILITY = 10, RES_GRADE = 11, RES_NOTE = 12, RES_REGISTERED = 8 };

/* A community, a captain of its patch, and a node that only keeps and passes on. */
struct lane {
    struct town town;
    linli_store *office, *captain, *relay;
    linli_id root, patch;
};

static linli_store *store_of(struct town *town, struct replica *r)
{
    struct house *house = &town->houses[town->count - 1];
    struct linli_options options;
    linli_store *store = NULL;

    replica_close(r);
    house->replica = NULL;
    options = story_options(town, house->dir);
    assert_ok(linli_store_open(&options, &store));
    return store;
}

static void lane_meet(struct lane *l)
{
    for (int i = 0; i < 2; i++) {
        story_meet(l->office, l->captain);
        story_meet(l->office, l->relay);
    }
}

static void lane_start(struct lane *l)
{
    memset(l, 0, sizeof(*l));
    town_start(&l->town);
    l->office = story_root(&l->town);
    l->root = story_root_scope(l->office);
    l->patch = story_scope(l->office, &l->root, "1");
    l->captain = story_join(&l->town, l->office, &l->patch, LINLI_CAPTAIN);
    l->relay = store_of(&l->town, town_relay(&l->town, l->office->replica, &l->root));
    lane_meet(l); /* the captain gets the keys that were wrapped when it was let in */
}

static void lane_end(struct lane *l)
{
    linli_store_close(l->office);
    linli_store_close(l->captain);
    linli_store_close(l->relay);
    town_end(&l->town);
}

static void assert_sealed(linli_store *store, const linli_id *id, linli_field field, enum linli_seal seal)
{
    linli_record *record = story_get(store, id);
    const struct linli_reading *reading = linli_record_field(record, field);

    assert_non_null(reading);
    assert_int_equal(reading->value.kind, LINLI_KIND_SEALED);
    assert_int_equal(reading->value.number, seal);
    linli_record_free(record);
}

static int set_shown(linli_store *store, const linli_id *id, linli_field field, const char *text)
{
    linli_record *record = story_get(store, id);
    int rv = story_set(store, id, linli_record_token(record), field, linli_text(text));

    linli_record_free(record);
    return rv;
}

static size_t conflicts_of(linli_store *store, const linli_id *id, linli_field field)
{
    linli_record *record = story_get(store, id);
    size_t count = linli_record_field(record, field)->conflicts;

    linli_record_free(record);
    return count;
}

static bool count_one(void *ctx, const linli_record *record)
{
    (void)record;
    ++*(size_t *)ctx;
    return true;
}

static size_t found_by(linli_store *store, linli_field field, const char *text, const char *match)
{
    struct linli_where where = {field, linli_text(text == NULL ? "" : text)};
    struct linli_query query = {.type = RESIDENT, .where = &where, .where_count = text != NULL, .match = match};
    size_t count = 0;

    assert_ok(linli_query_each(store, &query, count_one, &count));
    return count;
}

static void who_is_entitled_reads_and_others_see_a_marker(void **state)
{
    struct lane l;

    (void)state;
    lane_start(&l);
    linli_id id = story_new(l.captain, &l.patch, RESIDENT, RES_NAME, linli_text("Made-up Person"));
    assert_ok(set_shown(l.captain, &id, RES_PHONE, "19900000101"));
    assert_ok(set_shown(l.captain, &id, RES_NUMBER, "530111199001010010"));
    assert_ok(set_shown(l.captain, &id, RES_NOTE, "made up: hard of hearing"));
    lane_meet(&l);
    assert_shows_text(l.captain, &id, RES_PHONE, "19900000101");
    assert_shows_text(l.office, &id, RES_PHONE, "19900000101");
    assert_shows_text(l.office, &id, RES_NOTE, "made up: hard of hearing");
    assert_shows_text(l.relay, &id, RES_NAME, "Made-up Person");
    assert_sealed(l.relay, &id, RES_PHONE, LINLI_SEAL_CONTACT);
    assert_sealed(l.relay, &id, RES_NUMBER, LINLI_SEAL_IDENTITY);
    assert_sealed(l.relay, &id, RES_NOTE, LINLI_SEAL_NOTES);
    assert_verifies(l.office);
    assert_verifies(l.captain);
    assert_verifies(l.relay);
    lane_end(&l);
}

static void without_a_key_nothing_sealed_is_written_and_nothing_is_lost(void **state)
{
    struct lane l;
    struct linli_value grade = linli_text("2");
    linli_txn *txn = NULL;

    (void)state;
    lane_start(&l);
    linli_id id = story_new(l.captain, &l.patch, RESIDENT, RES_DISABILITY, linli_text("made-up"));
    lane_meet(&l);
    assert_code(set_shown(l.relay, &id, RES_PHONE, "19900000102"), LINLI_E_SEALED);
    assert_ok(set_shown(l.relay, &id, RES_NAME, "Made-up Person"));
    linli_record *seen = story_get(l.relay, &id);
    assert_ok(linli_txn_begin(l.relay, &txn));
    /* The group's other field would be lost: it does not open here. */
    assert_code(linli_record_set(txn, &id, linli_record_token(seen), RES_GRADE, &grade), LINLI_E_SEALED);
    linli_txn_abort(txn);
    linli_record_free(seen);
    lane_meet(&l);
    assert_shows_text(l.captain, &id, RES_DISABILITY, "made-up");
    assert_shows_text(l.captain, &id, RES_NAME, "Made-up Person");
    lane_end(&l);
}

static bool write_is(void *ctx, const struct linli_write *write)
{
    if (write->field == RES_PHONE)
        *(enum linli_kind *)ctx = write->value.kind;
    return true;
}

static bool conflict_dot(void *ctx, const struct linli_conflict *conflict)
{
    *(linli_dot *)ctx = conflict->values[conflict->value_count - 1].dot;
    return true;
}

static void conflicts_are_between_what_was_typed(void **state)
{
    struct lane l;
    struct linli_status status;
    enum linli_kind kind = LINLI_KIND_NIL;
    linli_txn *txn = NULL;
    linli_dot dot = {.seq = 0};

    (void)state;
    lane_start(&l);
    linli_id id = story_new(l.captain, &l.patch, RESIDENT, RES_NAME, linli_text("Made-up Person"));
    lane_meet(&l);
    assert_ok(set_shown(l.captain, &id, RES_PHONE, "19900000103"));
    assert_ok(set_shown(l.office, &id, RES_PHONE, "19900000103"));
    lane_meet(&l);
    assert_int_equal(conflicts_of(l.office, &id, RES_PHONE), 0); /* both typed the same */
    assert_int_equal(conflicts_of(l.relay, &id, RES_PHONE), 1);  /* who cannot tell is told of both */
    assert_ok(linli_store_status(l.office, &status));
    assert_int_equal(status.conflicts, 0);
    assert_verifies(l.office);
    assert_verifies(l.relay);
    assert_ok(set_shown(l.captain, &id, RES_PHONE, "19900000104"));
    assert_ok(set_shown(l.office, &id, RES_PHONE, "19900000105"));
    lane_meet(&l);
    assert_int_equal(conflicts_of(l.office, &id, RES_PHONE), 1);
    assert_ok(linli_store_status(l.captain, &status));
    assert_int_equal(status.conflicts, 1);
    assert_ok(linli_history_each(l.relay, &id, write_is, &kind));
    assert_int_equal(kind, LINLI_KIND_SEALED);
    assert_ok(linli_history_each(l.captain, &id, write_is, &kind));
    assert_int_equal(kind, LINLI_KIND_TEXT);
    /* Who cannot read cannot choose; who can, does. */
    assert_ok(linli_conflict_each(l.captain, NULL, &id, conflict_dot, &dot));
    for (int i = 0; i < 2; i++) {
        linli_store *store = i == 0 ? l.relay : l.captain;
        linli_record *seen = story_get(store, &id);
        assert_ok(linli_txn_begin(store, &txn));
        assert_code(linli_record_resolve(txn, &id, linli_record_token(seen), RES_PHONE, &dot), i == 0 ? LINLI_E_SEALED : LINLI_OK);
        if (i == 0)
            linli_txn_abort(txn);
        else
            assert_ok(linli_txn_commit(txn, NULL));
        linli_record_free(seen);
    }
    lane_meet(&l);
    assert_int_equal(conflicts_of(l.office, &id, RES_PHONE), 0);
    assert_int_equal(conflicts_of(l.relay, &id, RES_PHONE), 0);
    lane_end(&l);
}

static void sealed_fields_are_found_where_they_open(void **state)
{
    struct lane l;

    (void)state;
    lane_start(&l);
    linli_id id = story_new(l.captain, &l.patch, RESIDENT, RES_NUMBER, linli_text("530111199001010010"));
    assert_ok(set_shown(l.captain, &id, RES_PHONE, "19900000106"));
    lane_meet(&l);
    for (int i = 0; i < 3; i++) {
        linli_store *store = i == 0 ? l.captain : i == 1 ? l.office : l.relay;
        size_t found = store != l.relay;
        assert_int_equal(found_by(store, RES_NUMBER, "530111199001010010", NULL), found);
        assert_int_equal(found_by(store, RES_PHONE, "19900000106", NULL), found);
        assert_int_equal(found_by(store, 0, NULL, "00000106"), found);
        assert_int_equal(found_by(store, 0, NULL, "0106"), found); /* by the index of tails */
        assert_int_equal(found_by(store, 0, NULL, "10010"), found);
        assert_int_equal(found_by(store, 0, NULL, "20010"), 0);
        assert_int_equal(found_by(store, RES_PHONE, "19900000107", NULL), 0);
    }
    lane_end(&l);
}

static void entries_of_a_sealed_log_are_markers_one_by_one(void **state)
{
    struct lane l;

    (void)state;
    lane_start(&l);
    linli_id id = story_new(l.captain, &l.patch, HOUSEHOLD, HH_REMARKS, linli_text("made-up remark"));
    assert_ok(story_set(l.captain, &id, no_token, HH_REMARKS, linli_text("another")));
    lane_meet(&l);
    linli_record *record = story_get(l.relay, &id);
    const struct linli_reading *remarks = linli_record_field(record, HH_REMARKS);
    assert_int_equal(remarks->count, 2);
    assert_int_equal(remarks->values[1].kind, LINLI_KIND_SEALED);
    assert_int_equal(remarks->values[1].number, LINLI_SEAL_NOTES);
    linli_record_free(record);
    record = story_get(l.office, &id);
    assert_true(value_is(&linli_record_field(record, HH_REMARKS)->values[1], "another"));
    linli_record_free(record);
    lane_end(&l);
}

static const char *const canaries[] = {"19900000111", "530111199001010029", "canary-note", "canary-remark", "canary-care",
                                       "canary-disability"};

static void no_file_of_any_store_holds_what_is_sealed(void **state)
{
    struct lane l;
    linli_txn *txn = NULL;
    linli_id id, home;

    (void)state;
    lane_start(&l);
    assert_ok(linli_txn_begin(l.captain, &txn));
    assert_ok(linli_record_create(txn, &l.patch, RESIDENT, &id));
    assert_ok(linli_record_create(txn, &l.patch, HOUSEHOLD, &home));
    static const linli_field fields[] = {RES_PHONE, RES_NUMBER, RES_NOTE, HH_REMARKS, HH_CARE, RES_DISABILITY};
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        struct linli_value value = linli_text(canaries[i]);
        assert_ok(linli_record_set(txn, i == 3 || i == 4 ? &home : &id, no_token, fields[i], &value));
    }
    struct linli_value name = linli_text("openly-written");
    assert_ok(linli_record_set(txn, &id, no_token, RES_NAME, &name));
    assert_ok(linli_txn_commit(txn, NULL));
    lane_meet(&l);
    assert_ok(set_shown(l.captain, &id, RES_PHONE, "19900000112"));
    assert_ok(set_shown(l.office, &id, RES_PHONE, "19900000113"));
    lane_meet(&l);
    assert_int_equal(found_by(l.office, RES_NUMBER, canaries[1], NULL), 1);
    for (size_t house = 0; house < l.town.count; house++) {
        const char *dir = l.town.houses[house].dir;
        assert_true(canary_in_folder(dir, "openly-written")); /* the search itself finds what is there */
        for (size_t i = 0; i < COUNT_OF(canaries); i++)
            assert_false(canary_in_folder(dir, canaries[i]));
        assert_false(canary_in_folder(dir, "1990000011"));
    }
    lane_end(&l);
}

/* ---- a city, a community, and keys that come later ---- */

struct tree {
    struct town town;
    linli_store *city, *office;
    linli_id root, community, patch;
};

static linli_id scope_of_kind(linli_store *store, const linli_id *parent, enum linli_scope_kind kind, const char *name)
{
    struct linli_scope_spec spec = {.name = name, .kind = kind};
    linli_id id;

    assert_ok(linli_scope_add(store, parent, &spec, &id));
    return id;
}

static void tree_start(struct tree *t)
{
    memset(t, 0, sizeof(*t));
    town_start(&t->town);
    struct linli_options options = story_options(&t->town, town_house(&t->town)->dir);
    assert_ok(linli_store_create(&options, LINLI_CITY, "Made-up City", NULL, &t->city));
    t->root = story_root_scope(t->city);
    t->community = scope_of_kind(t->city, &t->root, LINLI_COMMUNITY, "Made-up Lane");
    t->patch = scope_of_kind(t->city, &t->community, LINLI_PATCH, "1");
}

static void tree_office(struct tree *t)
{
    t->office = story_join(&t->town, t->city, &t->community, LINLI_NODE);
    story_meet(t->city, t->office);
    assert_ok(replica_keys_tend(t->office->replica));
    story_meet(t->office, t->city);
}

static void tree_end(struct tree *t)
{
    linli_store_close(t->city);
    linli_store_close(t->office);
    town_end(&t->town);
}

static void a_community_keeps_from_its_city_what_is_sealed(void **state)
{
    struct tree t;

    (void)state;
    tree_start(&t);
    assert_int_equal(t.city->replica->ring.count, 0); /* it made scopes, and no keys for them */
    tree_office(&t);
    assert_true(t.office->replica->ring.count > 0);
    linli_id id = story_new(t.office, &t.patch, RESIDENT, RES_PHONE, linli_text("19900000121"));
    story_meet(t.office, t.city);
    assert_shows_text(t.office, &id, RES_PHONE, "19900000121");
    assert_sealed(t.city, &id, RES_PHONE, LINLI_SEAL_CONTACT);
    assert_code(set_shown(t.city, &id, RES_PHONE, "19900000122"), LINLI_E_SEALED);
    assert_verifies(t.city);
    assert_verifies(t.office);
    tree_end(&t);
}

/* The city began alone: its keys serve until the community's own staff make theirs. */
static void who_made_the_first_keys_reads_no_further_than_they_reach(void **state)
{
    struct tree t;

    (void)state;
    tree_start(&t);
    linli_id before = story_new(t.city, &t.patch, RESIDENT, RES_PHONE, linli_text("19900000123"));
    assert_shows_text(t.city, &before, RES_PHONE, "19900000123");
    tree_office(&t);
    assert_shows_text(t.office, &before, RES_PHONE, "19900000123");
    linli_id after = story_new(t.office, &t.patch, RESIDENT, RES_PHONE, linli_text("19900000124"));
    story_meet(t.office, t.city);
    assert_sealed(t.city, &after, RES_PHONE, LINLI_SEAL_CONTACT);
    assert_shows_text(t.city, &before, RES_PHONE, "19900000123");
    tree_end(&t);
}

static void keys_that_come_later_open_and_index_what_is_there(void **state)
{
    struct tree t;

    (void)state;
    tree_start(&t);
    tree_office(&t);
    linli_id id = story_new(t.office, &t.patch, RESIDENT, RES_NUMBER, linli_text("530111199001010010"));
    story_meet(t.office, t.city);
    /* The city grants, and has no keys to hand on. */
    linli_store *captain = story_join(&t.town, t.city, &t.patch, LINLI_CAPTAIN);
    story_meet(t.city, captain);
    assert_sealed(captain, &id, RES_NUMBER, LINLI_SEAL_IDENTITY);
    assert_int_equal(found_by(captain, RES_NUMBER, "530111199001010010", NULL), 0);
    assert_int_equal(found_by(captain, 0, NULL, "0010"), 0);
    assert_code(set_shown(captain, &id, RES_PHONE, "19900000125"), LINLI_E_SEALED);
    /* The community hears of the grant, and hands the keys on; once. */
    story_meet(t.city, t.office);
    assert_ok(replica_keys_tend(t.office->replica));
    linli_hash digest = digest_of(t.office->replica, &t.patch);
    assert_ok(replica_keys_tend(t.office->replica));
    linli_hash again = digest_of(t.office->replica, &t.patch);
    assert_true(hash_equal(&digest, &again));
    story_meet(t.office, t.city);
    story_meet(t.city, captain);
    assert_shows_text(captain, &id, RES_NUMBER, "530111199001010010");
    assert_int_equal(found_by(captain, RES_NUMBER, "530111199001010010", NULL), 1);
    assert_int_equal(found_by(captain, 0, NULL, "0010"), 1);
    assert_ok(set_shown(captain, &id, RES_PHONE, "19900000125"));
    assert_verifies(captain);
    assert_verifies(t.office);
    linli_store_close(captain);
    tree_end(&t);
}

static void a_new_epoch_is_for_those_entitled_then(void **state)
{
    struct lane l;

    (void)state;
    lane_start(&l);
    linli_id before = story_new(l.captain, &l.patch, RESIDENT, RES_PHONE, linli_text("19900000131"));
    lane_meet(&l);
    size_t keys = l.office->replica->ring.count;
    assert_ok(replica_keys_rotate(l.office->replica, &l.root));
    assert_int_equal(l.office->replica->ring.count, 2 * keys);
    linli_id after = story_new(l.office, &l.patch, RESIDENT, RES_PHONE, linli_text("19900000132"));
    lane_meet(&l);
    assert_shows_text(l.captain, &before, RES_PHONE, "19900000131");
    assert_shows_text(l.captain, &after, RES_PHONE, "19900000132");
    assert_sealed(l.relay, &after, RES_PHONE, LINLI_SEAL_CONTACT);
    /* Whose grant was over by then has the old keys and no others. */
    const struct ring_key *newest = ring_newest(&l.captain->replica->ring, &l.patch, LINLI_SEAL_CONTACT);
    assert_int_equal(newest->epoch, 2);
    assert_verifies(l.captain);
    lane_end(&l);
}

static uint64_t newest(linli_store *store, const linli_id *scope)
{
    const struct ring_key *key = ring_newest(&store->replica->ring, scope, LINLI_SEAL_CONTACT);

    return key == NULL ? 0 : key->epoch;
}

static void revoke(linli_store *by, linli_store *whom)
{
    struct linli_revoke revoke = {.reason = LINLI_REASON_LOST};
    struct linli_revoked done;

    memcpy(revoke.device, replica_identity(whom->replica)->sign_public, KEY_BYTES);
    assert_ok(linli_revoke(by, &revoke, &done));
}

static void who_is_revoked_gets_no_key_of_what_is_written_then(void **state)
{
    struct lane l;

    (void)state;
    lane_start(&l);
    linli_id before = story_new(l.captain, &l.patch, RESIDENT, RES_PHONE, linli_text("19900000151"));
    lane_meet(&l);
    revoke(l.office, l.captain);
    assert_int_equal(newest(l.office, &l.patch), 2);
    assert_int_equal(newest(l.office, &l.root), 1); /* it never had the keys of the whole lane */
    linli_id after = story_new(l.office, &l.patch, RESIDENT, RES_PHONE, linli_text("19900000152"));
    lane_meet(&l); /* whatever else somebody might hand it */
    assert_int_equal(newest(l.captain, &l.patch), 1);
    assert_sealed(l.captain, &after, RES_PHONE, LINLI_SEAL_CONTACT);
    assert_shows_text(l.office, &before, RES_PHONE, "19900000151");
    assert_shows_text(l.office, &after, RES_PHONE, "19900000152");
    assert_ok(replica_keys_tend(l.office->replica));
    assert_int_equal(newest(l.office, &l.patch), 2); /* once is enough */
    assert_verifies(l.office);
    assert_verifies(l.captain);
    lane_end(&l);
}

static void a_revocation_from_above_turns_the_keys_below(void **state)
{
    struct tree t;

    (void)state;
    tree_start(&t);
    tree_office(&t);
    linli_store *captain = story_join(&t.town, t.city, &t.patch, LINLI_CAPTAIN);
    story_meet(t.city, t.office);
    assert_ok(replica_keys_tend(t.office->replica)); /* it is given keys */
    story_meet(t.office, t.city);
    story_meet(t.city, captain);
    assert_int_equal(newest(captain, &t.patch), 1);
    revoke(t.city, captain); /* by who has no keys at all */
    story_meet(t.city, t.office);
    assert_ok(replica_keys_tend(t.office->replica));
    assert_int_equal(newest(t.office, &t.patch), 2);
    linli_id after = story_new(t.office, &t.patch, RESIDENT, RES_PHONE, linli_text("19900000153"));
    story_meet(t.office, captain);
    assert_sealed(captain, &after, RES_PHONE, LINLI_SEAL_CONTACT);
    assert_verifies(t.office);
    linli_store_close(captain);
    tree_end(&t);
}

static void revoke_since(linli_store *by, linli_store *whom, uint64_t since_ms)
{
    struct linli_revoke revoke = {.reason = LINLI_REASON_STOLEN, .strict = true, .since_ms = since_ms};
    struct linli_revoked done;

    memcpy(revoke.device, replica_identity(whom->replica)->sign_public, KEY_BYTES);
    assert_ok(linli_revoke(by, &revoke, &done));
    assert_int_equal(done.kept, 0);
}

/* The city's deputy let in an aide of the community, who let in a captain: with the deputy all of them go. */
static void with_who_falls_all_lose_the_keys_who_were_let_in_through_them(void **state)
{
    struct tree t;

    (void)state;
    tree_start(&t);
    tree_office(&t);
    linli_store *deputy = story_join(&t.town, t.city, &t.root, LINLI_CLERK);
    uint64_t since_ms = ++t.town.now_ms;
    story_meet(t.city, deputy);
    linli_store *aide = story_join(&t.town, deputy, &t.community, LINLI_CLERK);
    story_meet(deputy, aide);
    linli_store *captain = story_join(&t.town, aide, &t.patch, LINLI_CAPTAIN);
    story_meet(aide, t.city);
    story_meet(t.city, t.office);
    assert_ok(replica_keys_tend(t.office->replica));
    story_meet(t.office, aide);
    story_meet(aide, captain);
    assert_int_equal(newest(aide, &t.community), 1);
    assert_int_equal(newest(captain, &t.patch), 1);
    revoke_since(t.city, deputy, since_ms);
    story_meet(t.city, t.office);
    assert_ok(replica_keys_tend(t.office->replica));
    assert_int_equal(newest(t.office, &t.community), 2);
    assert_int_equal(newest(t.office, &t.patch), 2);
    linli_id after = story_new(t.office, &t.patch, RESIDENT, RES_PHONE, linli_text("19900000154"));
    story_meet(t.office, captain);
    assert_sealed(captain, &after, RES_PHONE, LINLI_SEAL_CONTACT);
    assert_verifies(t.office);
    linli_store_close(captain);
    linli_store_close(aide);
    linli_store_close(deputy);
    tree_end(&t);
}

/* The ring is the same after the store was closed and opened; without it nothing would open. */
static void keys_are_kept_with_the_store(void **state)
{
    struct lane l;

    (void)state;
    lane_start(&l);
    linli_id id = story_new(l.captain, &l.patch, RESIDENT, RES_PHONE, linli_text("19900000141"));
    size_t keys = l.captain->replica->ring.count;
    linli_store_close(l.captain);
    struct linli_options options = story_options(&l.town, l.town.houses[1].dir);
    assert_ok(linli_store_open(&options, &l.captain));
    assert_int_equal(l.captain->replica->ring.count, keys);
    assert_true(keys > 0);
    assert_shows_text(l.captain, &id, RES_PHONE, "19900000141");
    assert_verifies(l.captain);
    lane_end(&l);
}

static void an_index_that_is_made_again_has_what_opens(void **state)
{
    struct lane l;
    struct store_txn *txn = NULL;

    (void)state;
    lane_start(&l);
    story_new(l.captain, &l.patch, RESIDENT, RES_NUMBER, linli_text("530111199001010010"));
    assert_ok(store_begin(l.captain->replica->store, true, &txn));
    assert_ok(meta_put(txn, "index", span_of("x", 1))); /* as a program of another schema leaves it */
    assert_ok(store_commit(txn));
    linli_store_close(l.captain);
    struct linli_options options = story_options(&l.town, l.town.houses[1].dir);
    assert_ok(linli_store_open(&options, &l.captain));
    assert_int_equal(found_by(l.captain, RES_NUMBER, "530111199001010010", NULL), 1);
    assert_verifies(l.captain);
    lane_end(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_entitled_reads_and_others_see_a_marker),
        cmocka_unit_test(without_a_key_nothing_sealed_is_written_and_nothing_is_lost),
        cmocka_unit_test(conflicts_are_between_what_was_typed),
        cmocka_unit_test(sealed_fields_are_found_where_they_open),
        cmocka_unit_test(entries_of_a_sealed_log_are_markers_one_by_one),
        cmocka_unit_test(no_file_of_any_store_holds_what_is_sealed),
        cmocka_unit_test(a_community_keeps_from_its_city_what_is_sealed),
        cmocka_unit_test(who_made_the_first_keys_reads_no_further_than_they_reach),
        cmocka_unit_test(keys_that_come_later_open_and_index_what_is_there),
        cmocka_unit_test(a_new_epoch_is_for_those_entitled_then),
        cmocka_unit_test(who_is_revoked_gets_no_key_of_what_is_written_then),
        cmocka_unit_test(a_revocation_from_above_turns_the_keys_below),
        cmocka_unit_test(with_who_falls_all_lose_the_keys_who_were_let_in_through_them),
        cmocka_unit_test(keys_are_kept_with_the_store),
        cmocka_unit_test(an_index_that_is_made_again_has_what_opens),
    };

    return UNIT_RUN(tests);
}
