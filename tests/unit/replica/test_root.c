/* tests: replica: the root's keys are changed, what it said stands or falls by that, and every replica comes to the same, in any order. */
#include "look.h"

#include "auth/certificate.h"
#include "replica/root_key.h"

enum { SAID_MAX = REVOCATIONS_KEPT + 10, HIGH = 0xc0 };

/* A community; its root key is one of one at first, and two of three others afterwards. */
struct story {
    struct town town;
    struct replica *office, *captain;
    struct device_keys keys;       /* the captain's */
    linli_id root, patch;
    uint8_t first[SIGN_SECRET_BYTES], next[3][SIGN_SECRET_BYTES];
    struct root_document documents[3];
    struct buf certificates[SAID_MAX];
    size_t count;
};

static void story_start(struct story *s)
{
    memset(s, 0, sizeof(*s));
    town_start(&s->town);
    s->office = town_root(&s->town);
    s->root = replica_identity(s->office)->root_scope;
    s->documents[0] = replica_identity(s->office)->root.first;
    struct replica_config config = town_config(&s->town, &s->town.houses[0]);
    assert_ok(root_key_read(s->town.houses[0].dir, config.store.key, s->first));
    s->patch = scope_add(s->office, &s->root, "patch 1");
    device_make(&s->town, &s->keys);
    s->captain = town_join_keys(&s->town, s->office, &s->patch, LINLI_CAPTAIN, &s->keys);
    meet(s->office, s->captain);
    for (unsigned i = 0; i < 3; i++) {
        uint8_t public[KEY_BYTES];
        struct rng rng = rng_from(&s->town.seed);
        sign_keypair(&rng, public, s->next[i]);
    }
}

static void story_end(struct story *s)
{
    for (size_t i = 0; i < s->count; i++)
        buf_free(&s->certificates[i]);
    town_end(&s->town);
}

static void signature_add(struct buf *out, unsigned index, const uint8_t *secret, const char *context, span body)
{
    uint8_t signature[SIGNATURE_BYTES];

    assert_ok(sign_make(secret, context, body, signature));
    buf_byte(out, (uint8_t)index);
    assert_ok(buf_append(out, signature, sizeof(signature)));
}

/* The draft of the last certificate signed: by the first document's key, then by keys 0 and 2 of those after it. */
static span sign(struct story *s, const char *context, bool first, bool next)
{
    struct buf *draft = &s->certificates[s->count++], body = {0}, signatures = {0};
    struct certified said;

    assert_ok(certificate_split(buf_span(draft), LIMIT_STATEMENT_BYTES, &said));
    assert_ok(buf_append(&body, said.body.at, said.body.size));
    if (first)
        signature_add(&signatures, 0, s->first, context, buf_span(&body));
    if (next)
        signature_add(&signatures, 0, s->next[0], context, buf_span(&body));
    if (next)
        signature_add(&signatures, 2, s->next[2], context, buf_span(&body));
    buf_clear(draft);
    write_array(draft, 2);
    write_bin(draft, body.at, body.size);
    write_bin(draft, signatures.at, signatures.size);
    buf_free(&body);
    buf_free(&signatures);
    return buf_span(draft);
}

static struct statement head_under(const struct story *s, const struct root_document *d)
{
    return (struct statement){.by_root = true, .root_version = d->version, .issuer = d->id, .network = s->documents[0].id};
}

/* Version 2, by the first key and two of three new ones. `salt` makes rivals. */
static span version_two(struct story *s, uint64_t oldest, uint8_t salt)
{
    struct root_version v = {.head = head_under(s, &s->documents[0]),
                             .document = {.version = 2, .threshold = 2, .key_count = 3, .oldest = oldest}};

    v.head.salt[0] = salt;
    for (unsigned i = 0; i < 3; i++)
        memcpy(v.document.keys[i], s->next[i] + SEED_BYTES, KEY_BYTES);
    assert_ok(root_version_make(&v, &s->certificates[s->count]));
    s->documents[1] = v.document;
    return sign(s, "linli/root-version/1", true, true);
}

static span affirm_under(struct story *s, unsigned version, const linli_hash *id)
{
    struct affirmation a = {.head = head_under(s, &s->documents[version - 1])};
    linli_hash ids[] = {*id};

    a.head.salt[0] = (uint8_t)s->count;
    assert_ok(affirmation_make(&a, ids, 1, &s->certificates[s->count]));
    return sign(s, "linli/affirmation/1", version == 1, version == 2);
}

static span affirm(struct story *s, const linli_hash *id)
{
    return affirm_under(s, 2, id);
}

/* The root ends the captain's grants; the id is from HIGH on, or below it, as whoever draws salts can have it. */
static span revocation_by_root(struct story *s, unsigned version, bool high, linli_hash *id)
{
    struct revocation r = {.head = head_under(s, &s->documents[version - 1]), .page = 1, .pages = 1};
    struct buf *draft = &s->certificates[s->count];

    memcpy(r.device, s->keys.sign_public, KEY_BYTES);
    r.head.salt[0] = (uint8_t)s->count;
    do {
        buf_clear(draft);
        r.head.salt[1]++;
        assert_ok(revocation_make(NULL, &r, NULL, 0, NULL, 0, draft));
    } while ((r.head.id.b[0] >= HIGH) != high);
    *id = r.head.id;
    return sign(s, "linli/revocation/1", version == 1, version == 2);
}

static void flood_make(struct story *s, span out[REVOCATIONS_KEPT])
{
    linli_hash id;

    for (unsigned i = 0; i < REVOCATIONS_KEPT; i++)
        out[i] = revocation_by_root(s, 1, false, &id);
}

/* A root grant to this device, under the first version or the second. */
static span grant_by_root(struct story *s, unsigned version, const struct device_keys *to)
{
    const struct root_document *d = &s->documents[version - 1];
    struct grant g = {.by_root = true, .root_version = version, .issuer = d->id, .network = s->documents[0].id,
                      .role = ROLE_NODE, .rights = grant_rights_of_role(ROLE_NODE)};

    memcpy(g.subject, to->sign_public, KEY_BYTES);
    memcpy(g.seal, to->seal_public, KEY_BYTES);
    assert_ok(grant_make(NULL, &g, &s->certificates[s->count]));
    return sign(s, "linli/grant/1", version == 1, version == 2);
}

static linli_hash founders_grant(const struct story *s)
{
    return s->office->own[0].grant.id;
}

static size_t take(struct replica *r, const span *certificates, size_t count)
{
    size_t added;

    assert_ok(replica_grants_add(r, certificates, count, &added));
    return added;
}

static void assert_same_digest(struct replica *a, struct replica *b, const linli_id *scope)
{
    linli_hash one, other;

    assert_ok(replica_digest(a, scope, false, &one));
    assert_ok(replica_digest(b, scope, false, &other));
    assert_true(hash_equal(&one, &other));
}

static uint64_t aside(struct replica *r)
{
    struct linli_status status;

    assert_ok(replica_status(r, &status));
    return status.set_aside;
}

/* Whether the holder is let in: the certificates that he shows, and those held. */
static bool let_in(struct replica *at, struct replica *who)
{
    struct peer_access access;
    struct buf chain = {0};

    assert_ok(replica_own_chain(who, &chain));
    int rv = replica_peer_access(at, replica_identity(who)->sign_public, buf_span(&chain), &access);
    peer_access_free(&access);
    buf_free(&chain);
    assert_true(rv == LINLI_OK || rv == LINLI_E_REFUSED);
    return rv == LINLI_OK;
}

static void a_new_version_changes_nothing_that_was_said_and_everybody_hears_of_it(void **state)
{
    struct story s;
    struct root_document now;

    (void)state;
    story_start(&s);
    span two = version_two(&s, 1, 0);
    building_new(&s.town, s.captain, &s.patch, "before");
    assert_int_equal(take(s.office, &two, 1), 1);
    assert_int_equal(take(s.office, &two, 1), 0);
    meet(s.office, s.captain);
    struct store_txn *txn;
    assert_ok(store_begin(s.captain->store, false, &txn));
    assert_ok(root_document_now(s.captain, txn, &now));
    store_abort(txn);
    assert_int_equal(now.version, 2);
    assert_true(hash_equal(&now.id, &s.documents[1].id));
    assert_int_equal(aside(s.office), 0);
    assert_true(let_in(s.office, s.captain) && let_in(s.captain, s.office));
    s.office = house_reopen(&s.town, 0);
    assert_verifies(s.office);
    assert_verifies(s.captain);
    assert_same_digest(s.office, s.captain, &s.root);
    story_end(&s);
}

static void the_old_key_is_of_no_effect_once_the_oldest_version_is_raised(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    building_new(&s.town, s.captain, &s.patch, "work");
    meet(s.office, s.captain);
    struct device_keys thief;
    device_make(&s.town, &thief);
    span forged = grant_by_root(&s, 1, &thief), two = version_two(&s, 2, 0);
    linli_hash founder = founders_grant(&s);
    span said[] = {two, affirm(&s, &founder)};
    assert_int_equal(take(s.captain, &forged, 1), 1);
    struct peer_access access;
    assert_ok(replica_peer_access(s.captain, thief.sign_public, (span){NULL, 0}, &access));
    peer_access_free(&access);
    assert_int_equal(take(s.captain, &said[0], 1), 1); /* the office's own grant falls with it, and the captain's */
    assert_true(aside(s.captain) > 0);
    assert_int_equal(take(s.office, said, 2), 2);
    assert_int_equal(aside(s.office), 0);
    assert_true(let_in(s.captain, s.office)); /* who shows the affirmation with its chain is let in, and heard */
    assert_int_equal(aside(s.captain), 0);
    assert_int_equal(replica_peer_access(s.captain, thief.sign_public, (span){NULL, 0}, &access), LINLI_E_REFUSED);
    meet(s.office, s.captain);
    assert_same_digest(s.office, s.captain, &s.root);
    assert_same_digest(s.office, s.captain, &s.patch);
    assert_verifies(s.office);
    assert_verifies(s.captain);
    story_end(&s);
}

static void whatever_comes_first_the_same_stands(void **state)
{
    static const unsigned orders[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 0, 3, 2}, {2, 3, 0, 1}, {0, 3, 1, 2}, {3, 0, 2, 1}};
    (void)state;

    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        struct story s;
        story_start(&s);
        building_new(&s.town, s.captain, &s.patch, "work");
        meet(s.office, s.captain);
        struct device_keys second;
        device_make(&s.town, &second);
        linli_hash founder = founders_grant(&s);
        span all[4];
        all[0] = version_two(&s, 2, 0);
        all[1] = affirm(&s, &founder);
        all[2] = grant_by_root(&s, 2, &second);
        all[3] = version_two(&s, 1, 1);
        struct root_version first, rival;
        assert_ok(root_version_decode(all[0], &first));
        assert_ok(root_version_decode(all[3], &rival));
        bool wins = hash_compare(&first.document.id, &rival.document.id) < 0;
        for (unsigned pass = 0; pass < 2; pass++) /* what had to wait for its document comes again, as it does between replicas */
            for (unsigned k = 0; k < 4; k++)
                (void)take(s.captain, &all[orders[i][k]], 1);
        struct peer_access access;
        int rv = replica_peer_access(s.captain, second.sign_public, (span){NULL, 0}, &access);
        peer_access_free(&access);
        assert_code(rv, wins ? LINLI_OK : LINLI_E_REFUSED); /* what hangs on the rival is void */
        assert_int_equal(aside(s.captain), 0);              /* affirmed, or never in doubt */
        (void)take(s.office, all, 4);
        meet(s.office, s.captain);
        assert_same_digest(s.office, s.captain, &s.root);
        assert_verifies(s.captain);
        story_end(&s);
    }
}

static void who_joins_gets_what_the_chain_hangs_on(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    linli_hash founder = founders_grant(&s);
    span said[2];
    said[0] = version_two(&s, 2, 0);
    said[1] = affirm(&s, &founder);
    assert_int_equal(take(s.office, said, 2), 2);
    struct replica *late = town_join(&s.town, s.office, &s.patch, LINLI_CAPTAIN);
    assert_true(let_in(late, s.office) && let_in(s.office, late));
    assert_true(let_in(s.captain, late)); /* who has not heard of any of it hears it from the newcomer */
    meet(s.office, late);
    building_new(&s.town, late, &s.patch, "late");
    meet(s.office, late);
    assert_int_equal(aside(s.office), 0);
    assert_same_digest(s.office, late, &s.patch);
    assert_verifies(late);
    story_end(&s);
}

static bool can_use(struct replica *at, const struct device_keys *keys)
{
    struct peer_access access;
    int rv = replica_peer_access(at, keys->sign_public, (span){NULL, 0}, &access);

    peer_access_free(&access);
    assert_true(rv == LINLI_OK || rv == LINLI_E_REFUSED);
    return rv == LINLI_OK;
}

static void old_keys_put_out_nothing_that_is_said_under_new_ones(void **state)
{
    struct story s;
    span flood[REVOCATIONS_KEPT], said[2], honest;
    linli_hash id;

    (void)state;
    story_start(&s);
    linli_hash founder = founders_grant(&s);
    said[0] = version_two(&s, 2, 0);
    said[1] = affirm(&s, &founder);
    honest = revocation_by_root(&s, 2, true, &id);
    flood_make(&s, flood);
    assert_int_equal(take(s.office, said, 2), 2);
    assert_true(can_use(s.office, &s.keys));
    assert_int_equal(take(s.office, &honest, 1), 1);
    assert_int_equal(take(s.office, flood, COUNT_OF(flood)), REVOCATIONS_KEPT);
    assert_false(can_use(s.office, &s.keys));
    assert_int_equal(take(s.captain, flood, COUNT_OF(flood)), REVOCATIONS_KEPT); /* the other way round */
    assert_int_equal(take(s.captain, said, 2), 2);
    assert_int_equal(take(s.captain, &honest, 1), 1);
    assert_false(can_use(s.captain, &s.keys));
    assert_same_digest(s.office, s.captain, &s.root);
    assert_verifies(s.office);
    assert_verifies(s.captain);
    story_end(&s);
}

/* One of the old version that was affirmed is of the same issuer as theirs, and stays all the same. */
static void what_was_affirmed_is_put_out_by_nothing_that_old_keys_say(void **state)
{
    struct story s;
    span flood[REVOCATIONS_KEPT], said[3], old;
    linli_hash id;

    (void)state;
    story_start(&s);
    building_new(&s.town, s.captain, &s.patch, "work");
    meet(s.office, s.captain);
    linli_hash founder = founders_grant(&s);
    old = revocation_by_root(&s, 1, true, &id);
    said[0] = version_two(&s, 2, 0);
    said[1] = affirm(&s, &founder);
    said[2] = affirm(&s, &id);
    flood_make(&s, flood);
    assert_int_equal(take(s.office, &old, 1), 1);
    assert_int_equal(take(s.office, said, 3), 3);
    assert_true(aside(s.office) > 0);
    assert_int_equal(take(s.office, flood, COUNT_OF(flood)), REVOCATIONS_KEPT);
    assert_int_equal(take(s.captain, flood, COUNT_OF(flood)), REVOCATIONS_KEPT); /* the other way round */
    assert_int_equal(take(s.captain, said, 3), 3);
    assert_int_equal(take(s.captain, &old, 1), 1);
    assert_true(aside(s.office) > 0 && aside(s.captain) > 0);
    assert_false(can_use(s.office, &s.keys));
    assert_false(can_use(s.captain, &s.keys));
    assert_same_digest(s.office, s.captain, &s.root);
    assert_verifies(s.office);
    assert_verifies(s.captain);
    story_end(&s);
}

static void affirmations_that_do_not_count_take_no_room_from_one_that_does(void **state)
{
    struct story s;
    span bad[LIMIT_CHAIN_CERTIFICATES - 1], said[2];

    (void)state;
    story_start(&s);
    linli_hash founder = founders_grant(&s);
    said[0] = version_two(&s, 2, 0);
    said[1] = affirm(&s, &founder);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        bad[i] = affirm_under(&s, 1, &founder);
    assert_int_equal(take(s.captain, said, 1), 1);
    assert_int_equal(take(s.office, said, 2), 2);
    assert_int_equal(take(s.office, bad, COUNT_OF(bad)), COUNT_OF(bad));
    assert_true(let_in(s.captain, s.office));
    story_end(&s);
}

static uint64_t statements(struct replica *r, const linli_id *scope)
{
    struct receipt_element element;

    assert_ok(replica_element(r, scope, false, &element));
    return element.statements;
}

/* Whoever has old keys says more than is kept: nobody's figures ever shrink, and those of all who hold the same are the same. */
static void affirmations_past_their_bound_are_known_to_receipts(void **state)
{
    struct story s;
    span bad[REVOCATIONS_KEPT + 6];
    uint64_t before = 0;

    (void)state;
    story_start(&s);
    linli_hash founder = founders_grant(&s);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        bad[i] = affirm_under(&s, 1, &founder);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        (void)take(s.office, &bad[i], 1);
        (void)take(s.captain, &bad[COUNT_OF(bad) - 1 - i], 1);
        assert_true(statements(s.office, &s.root) >= before);
        before = statements(s.office, &s.root);
        assert_true((before >= RECEIPT_FULL) == (i + 1 >= REVOCATIONS_KEPT));
    }
    assert_same_digest(s.office, s.captain, &s.root);
    assert_int_equal(statements(s.captain, &s.root), before);
    assert_verifies(s.office);
    assert_verifies(s.captain);
    story_end(&s);
}

/* A version that does not hold is held all the same, with what was said under it, whatever came first. */
static void nothing_puts_out_a_version_and_what_hangs_on_it(void **state)
{
    enum { RIVALS = REVOCATIONS_KEPT + 2 };
    struct story s;
    span rivals[RIVALS];
    size_t last = 0;
    struct root_version v;
    linli_hash greatest = {{0}};
    struct device_keys late;

    (void)state;
    story_start(&s);
    device_make(&s.town, &late);
    for (size_t i = 0; i < RIVALS; i++) {
        rivals[i] = version_two(&s, 1, (uint8_t)i);
        assert_ok(root_version_decode(rivals[i], &v));
        if (hash_compare(&v.head.id, &greatest) > 0) {
            greatest = v.head.id;
            last = i;
        }
    }
    assert_ok(root_version_decode(rivals[last], &v));
    s.documents[1] = v.document;
    span first = rivals[0], hangs[2] = {rivals[last], grant_by_root(&s, 2, &late)};
    rivals[0] = rivals[last];
    rivals[last] = first;
    assert_int_equal(take(s.office, hangs, 2), 2);
    assert_int_equal(take(s.office, rivals + 1, RIVALS - 1), RIVALS - 1);
    assert_int_equal(take(s.captain, rivals + 1, RIVALS - 1), RIVALS - 1);
    assert_int_equal(take(s.captain, hangs, 2), 2);
    assert_same_digest(s.office, s.captain, &s.root);
    assert_int_equal(statements(s.office, &s.root), statements(s.captain, &s.root));
    assert_false(can_use(s.office, &late) || can_use(s.captain, &late));
    struct linli_root root;
    assert_ok(replica_root_read(s.captain, &root));
    assert_int_equal(root.rivals, RIVALS - 1);
    assert_verifies(s.office);
    assert_verifies(s.captain);
    story_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_version_changes_nothing_that_was_said_and_everybody_hears_of_it),
        cmocka_unit_test(the_old_key_is_of_no_effect_once_the_oldest_version_is_raised),
        cmocka_unit_test(whatever_comes_first_the_same_stands),
        cmocka_unit_test(who_joins_gets_what_the_chain_hangs_on),
        cmocka_unit_test(old_keys_put_out_nothing_that_is_said_under_new_ones),
        cmocka_unit_test(what_was_affirmed_is_put_out_by_nothing_that_old_keys_say),
        cmocka_unit_test(affirmations_that_do_not_count_take_no_room_from_one_that_does),
        cmocka_unit_test(affirmations_past_their_bound_are_known_to_receipts),
        cmocka_unit_test(nothing_puts_out_a_version_and_what_hangs_on_it),
    };
    return UNIT_RUN(tests);
}
