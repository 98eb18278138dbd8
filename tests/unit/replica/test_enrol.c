/* tests: replica: an invitation lets one device in, and only in time. */
#include "town.h"

static void the_same_device_may_ask_again_and_gets_the_same_answer(void **state)
{
    struct town town;
    struct device_keys d;
    struct invitation inv;
    struct buf first = {0}, again = {0};

    (void)state;
    town_start(&town);
    struct replica *node = town_root(&town);
    linli_id patch = scope_add(node, &replica_identity(node)->root_scope, "patch 1");
    device_make(&town, &d);
    invite(node, &patch, LINLI_CAPTAIN, &inv);
    assert_ok(enrol(node, &inv, &d, &first));
    node = house_reopen(&town, 0);
    assert_ok(enrol(node, &inv, &d, &again));
    assert_int_equal(first.size, again.size);
    assert_memory_equal(first.at, again.at, first.size);
    struct replica *captain = join(&town, &d, buf_span(&again));
    struct linli_status status;
    assert_ok(replica_status(captain, &status));
    assert_int_equal(status.role, LINLI_CAPTAIN);
    assert_memory_equal(status.scope.b, patch.b, 16);
    buf_free(&first);
    buf_free(&again);
    town_end(&town);
}

static void another_device_is_refused(void **state)
{
    struct town town;
    struct device_keys d, other;
    struct invitation inv;
    struct buf answer = {0};
    struct linli_status before, after;

    (void)state;
    town_start(&town);
    struct replica *node = town_root(&town);
    device_make(&town, &d);
    device_make(&town, &other);
    invite(node, &replica_identity(node)->root_scope, LINLI_CLERK, &inv);
    assert_ok(enrol(node, &inv, &d, &answer));
    buf_clear(&answer);
    assert_ok(replica_status(node, &before));
    assert_code(enrol(node, &inv, &other, &answer), LINLI_E_USED);
    assert_int_equal(answer.size, 0);
    assert_ok(replica_status(node, &after));
    assert_memory_equal(before.digest.b, after.digest.b, 32);
    buf_free(&answer);
    town_end(&town);
}

static void an_invitation_that_is_over_lets_nobody_in(void **state)
{
    struct town town;
    struct device_keys d;
    struct invitation inv;
    struct buf answer = {0};
    uint8_t hint[16] = {1, 2, 3, 4, 5, 6, 7, 8}, text[12] = "hint", secret[32];
    linli_hash mac;

    (void)state;
    town_start(&town);
    struct replica *node = town_root(&town);
    device_make(&town, &d);
    invite(node, &replica_identity(node)->root_scope, LINLI_CLERK, &inv);
    assert_code(replica_invite_find(node, hint, secret), LINLI_E_NOT_FOUND);
    memcpy(text + 4, hint, 8);
    crypto_mac(inv.secret, span_of(text, sizeof(text)), &mac);
    memcpy(hint + 8, mac.b, 8);
    assert_ok(replica_invite_find(node, hint, secret));
    assert_memory_equal(secret, inv.secret, 32);
    town.now_ms = inv.expires_ms;
    assert_code(replica_invite_find(node, hint, secret), LINLI_E_EXPIRED);
    assert_code(enrol(node, &inv, &d, &answer), LINLI_E_EXPIRED);
    inv.secret[0] ^= 1;
    assert_code(enrol(node, &inv, &d, &answer), LINLI_E_NOT_FOUND);
    buf_free(&answer);
    town_end(&town);
}

static void a_captain_may_not_invite(void **state)
{
    struct town town;
    char uri[LINLI_URI_BYTES];

    (void)state;
    town_start(&town);
    struct replica *node = town_root(&town);
    linli_id patch = scope_add(node, &replica_identity(node)->root_scope, "patch 1");
    struct replica *captain = town_join(&town, node, &patch, LINLI_CAPTAIN);
    struct linli_invite asked = {.scope = patch, .role = LINLI_VIEWER};
    assert_code(replica_invite(captain, &asked, uri), LINLI_E_REFUSED);
    town_end(&town);
}

static void a_chain_for_somebody_else_makes_no_replica(void **state)
{
    struct town town;
    struct device_keys d, other;
    struct invitation inv;
    struct buf answer = {0};

    (void)state;
    town_start(&town);
    struct replica *node = town_root(&town);
    device_make(&town, &d);
    device_make(&town, &other);
    invite(node, &replica_identity(node)->root_scope, LINLI_CLERK, &inv);
    assert_ok(enrol(node, &inv, &d, &answer));
    struct house *house = town_house(&town);
    struct replica_config config = town_config(&town, house);
    struct buf own = {0};
    struct peer_access access;
    assert_ok(replica_read_certificate(node, &node->own[0].grant.id, &own));
    span certificate = buf_span(&own);
    struct enrolment e = {.root_file = replica_identity(node)->root_file, .certificates = &certificate,
                          .certificate_count = 1};
    memcpy(e.sign_public, other.sign_public, 32);
    memcpy(e.sign_secret, other.sign_secret, SIGN_SECRET_BYTES);
    assert_code(replica_create_joined(&config, &e, &house->replica), LINLI_E_REFUSED);
    assert_false(store_exists(house->dir));
    assert_ok(replica_peer_access(node, d.sign_public, (span){NULL, 0}, &access)); /* held since enrolment */
    peer_access_free(&access);
    assert_code(replica_peer_access(node, other.sign_public, (span){NULL, 0}, &access), LINLI_E_REFUSED);
    buf_free(&own);
    buf_free(&answer);
    town_end(&town);
}

static void both_sides_compute_the_same_shared_set(void **state)
{
    struct town town;
    struct buf chain = {0};
    struct peer_access a_own, b_own, b_seen;
    struct shared_scope *x = NULL, *y = NULL;
    size_t x_count = 0, y_count = 0;

    (void)state;
    town_start(&town);
    struct replica *a = town_root(&town);
    linli_id root = replica_identity(a)->root_scope, east = scope_add(a, &root, "east"), west = scope_add(a, &root, "west");
    linli_id patch = scope_add(a, &east, "patch 1");
    struct replica *b = town_join(&town, a, &patch, LINLI_CAPTAIN), *c = town_join(&town, a, &west, LINLI_CLERK);
    assert_ok(replica_own_chain(b, &chain));
    assert_ok(replica_peer_access(a, replica_identity(b)->sign_public, buf_span(&chain), &b_seen));
    assert_ok(replica_own_access(a, &a_own));
    assert_ok(replica_own_access(b, &b_own));
    assert_ok(replica_shared(a, &a_own, &b_seen, &x, &x_count));
    assert_ok(replica_shared(b, &b_own, &a_own, &y, &y_count));
    assert_int_equal(x_count, 3); /* the root and east alone, the patch with what is below it */
    assert_int_equal(y_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_memory_equal(x[i].id.b, y[i].id.b, 16);
        assert_int_equal(x[i].subtree, i == 2);
        assert_int_equal(y[i].subtree, i == 2);
    }
    assert_memory_equal(x[2].id.b, patch.b, 16);
    peer_access_free(&a_own);
    assert_ok(replica_own_access(c, &a_own));
    mem_free(y);
    y = NULL;
    y_count = 0;
    assert_ok(replica_shared(b, &b_own, &a_own, &y, &y_count)); /* neighbours share what is above both */
    assert_int_equal(y_count, 1);
    assert_memory_equal(y[0].id.b, root.b, 16);
    assert_false(y[0].subtree);
    mem_free(x);
    mem_free(y);
    buf_free(&chain);
    peer_access_free(&a_own);
    peer_access_free(&b_own);
    peer_access_free(&b_seen);
    town_end(&town);
}

static bool note_seen(void *ctx, span key, span sealed)
{
    (void)key;
    (void)sealed;
    ++*(size_t *)ctx;
    return true;
}

static size_t notes_of(struct replica *r)
{
    struct store_txn *txn = NULL;
    size_t count = 0;

    assert_ok(store_begin(r->store, false, &txn));
    assert_ok(note_each(txn, NOTE_INVITE, note_seen, &count));
    store_abort(txn);
    return count;
}

static void open_invitations_are_bounded_and_those_that_are_over_go(void **state)
{
    enum { OPEN_MAX = 1024 };
    struct town town;
    struct invitation inv;
    char uri[LINLI_URI_BYTES];

    (void)state;
    town_start(&town);
    struct replica *node = town_root(&town);
    linli_id root = replica_identity(node)->root_scope;
    struct linli_invite wish = {.scope = root, .role = LINLI_VIEWER};
    for (unsigned i = 0; i < OPEN_MAX; i++)
        invite(node, &root, LINLI_VIEWER, &inv);
    assert_code(replica_invite(node, &wish, uri), LINLI_E_LIMIT);
    assert_int_equal(notes_of(node), OPEN_MAX);
    town.now_ms += UINT64_C(1000) * 60 * 60 * 24 * 31;
    assert_ok(replica_invite(node, &wish, uri));
    assert_int_equal(notes_of(node), 1);
    town_end(&town);
}

/* A grant as the node gives it to a device, signed with `secret`. */
static void certify(struct replica *node, const struct device_keys *d, uint64_t expires_ms, const uint8_t *secret, struct buf *out)
{
    struct grant g = {.network = node->self.network, .role = ROLE_CLERK, .rights = RIGHT_ALL, .expires_ms = expires_ms,
                      .issuer = node->own[0].grant.id, .path = node->own[0].grant.path};

    memcpy(g.subject, d->sign_public, 32);
    assert_ok(grant_make(secret, &g, out));
}

static int access_of(struct replica *node, const struct device_keys *d, const struct buf *certificate)
{
    struct buf chain = {0};
    struct peer_access access;

    write_array(&chain, 1);
    write_bin(&chain, certificate->at, certificate->size);
    int rv = replica_peer_access(node, d->sign_public, buf_span(&chain), &access);
    if (rv == LINLI_OK)
        peer_access_free(&access);
    buf_free(&chain);
    return rv;
}

static void a_peer_is_let_in_by_a_chain_that_is_good_and_not_over(void **state)
{
    struct town town;
    struct device_keys d;
    struct buf good = {0}, forged = {0};

    (void)state;
    town_start(&town);
    struct replica *node = town_root(&town);
    device_make(&town, &d);
    certify(node, &d, town.now_ms + 1000, node->self.sign_secret, &good);
    certify(node, &d, 0, d.sign_secret, &forged); /* by itself, in the node's name */
    assert_ok(access_of(node, &d, &good));
    assert_code(access_of(node, &d, &forged), LINLI_E_REFUSED);
    town.now_ms += 999;
    assert_ok(access_of(node, &d, &good));
    town.now_ms += 1;
    assert_code(access_of(node, &d, &good), LINLI_E_REFUSED);
    buf_free(&good);
    buf_free(&forged);
    town_end(&town);
}

/* So a device that is made anew under its old key never writes into its old log. */
static void each_store_that_is_founded_is_an_author_of_its_own(void **state)
{
    struct town town;

    (void)state;
    town_start(&town);
    struct replica *one = town_root(&town), *other = town_root(&town);
    assert_true(one->self.incarnation != other->self.incarnation);
    town_end(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_device_may_ask_again_and_gets_the_same_answer),
        cmocka_unit_test(another_device_is_refused),
        cmocka_unit_test(an_invitation_that_is_over_lets_nobody_in),
        cmocka_unit_test(a_captain_may_not_invite),
        cmocka_unit_test(a_chain_for_somebody_else_makes_no_replica),
        cmocka_unit_test(both_sides_compute_the_same_shared_set),
        cmocka_unit_test(open_invitations_are_bounded_and_those_that_are_over_go),
        cmocka_unit_test(a_peer_is_let_in_by_a_chain_that_is_good_and_not_over),
        cmocka_unit_test(each_store_that_is_founded_is_an_author_of_its_own),
    };
    return UNIT_RUN(tests);
}
