/* replica tests: receipts given, taken and heard; what is noticed; what is kept, and how much of it. */
#include "failing.h"

enum { MANY = 20 };

struct street { /* a node, and a captain of each of two patches */
    struct town town;
    struct replica *node, *one, *two;
    linli_id patch[2];
};

static int start(void **state)
{
    struct street *s = calloc(1, sizeof(*s));

    town_start(&s->town);
    s->node = town_root(&s->town);
    s->patch[0] = scope_add(s->node, &s->node->self.root_scope, "1");
    s->patch[1] = scope_add(s->node, &s->node->self.root_scope, "2");
    s->one = town_join(&s->town, s->node, &s->patch[0], LINLI_CAPTAIN);
    s->two = town_join(&s->town, s->node, &s->patch[1], LINLI_CAPTAIN);
    meet(s->node, s->one);
    meet(s->node, s->two);
    *state = s;
    return 0;
}

static int stop(void **state)
{
    struct street *s = *state;

    town_end(&s->town);
    free(s);
    return 0;
}

/* What two share, as the first holds it. */
static size_t shared_of(struct replica *a, struct replica *b, struct shared_scope **scopes, struct receipt_element *elements)
{
    struct peer_access ax, bx;
    size_t count = 0;

    *scopes = NULL;
    assert_ok(replica_own_access(a, &ax));
    assert_ok(replica_own_access(b, &bx));
    assert_ok(replica_shared(a, &ax, &bx, scopes, &count));
    peer_access_free(&ax);
    peer_access_free(&bx);
    for (size_t i = 0; elements != NULL && i < count; i++)
        assert_ok(replica_element(a, &(*scopes)[i].id, (*scopes)[i].subtree, &elements[i]));
    return count;
}

/* One question and its answer, as a session would have them. `known`: shown with the question; takes the answer's place. */
static int answer(struct replica *device, struct replica *node, const struct receipt_element *held, size_t count, struct buf *known)
{
    struct receipt_element signed_as[8];
    struct buf receipt = {0};

    memcpy(signed_as, held, count * sizeof(*held));
    int rv = replica_receipt_sign(node, signed_as, count, buf_span(known), &receipt);
    struct receipt_answer answer = {.node = node->self.sign_public, .certificate = buf_span(&receipt), .shown = buf_span(known),
                                    .elements = held, .count = count, .settled = {{1}}};
    if (rv == LINLI_OK)
        rv = replica_receipt_take(device, &answer);
    if (rv == LINLI_OK) {
        buf_free(known);
        *known = receipt;
    } else {
        buf_free(&receipt);
    }
    return rv;
}

static int ask(struct replica *device, struct replica *node, struct buf *known)
{
    struct receipt_element held[8];
    struct shared_scope *scopes;
    size_t count = shared_of(device, node, &scopes, held);

    mem_free(scopes);
    return answer(device, node, held, count, known);
}

struct counted {
    size_t count, ours, kinds[LINLI_WARNING_ANEW + 1];
    bool self;
};

static bool count_receipt(void *ctx, const struct linli_receipt *receipt)
{
    struct counted *c = ctx;

    c->count++;
    c->ours += receipt->ours;
    return receipt->certificate_size > 0;
}

static bool count_warning(void *ctx, const struct linli_warning *warning)
{
    struct counted *c = ctx;

    c->count++;
    c->kinds[warning->kind]++;
    c->self = c->self || warning->self;
    return true;
}

static struct counted warnings(struct replica *r)
{
    struct counted c = {.count = 0};

    assert_ok(replica_warning_each(r, count_warning, &c));
    return c;
}

static uint64_t unconfirmed(struct replica *r)
{
    uint64_t count;

    assert_ok(replica_unconfirmed(r, &count));
    return count;
}

/* What `from` has heard, told to `to`. */
static void tell(struct replica *from, struct replica *to)
{
    struct shared_scope *scopes;
    struct buf bytes = {0};
    struct reader r;
    span certificates[24];
    size_t count = shared_of(from, to, &scopes, NULL);

    assert_ok(replica_receipts_heard(from, to->self.sign_public, scopes, count, &bytes));
    reader_start(&r, buf_span(&bytes));
    size_t told = reader_array(&r, 24);
    for (size_t i = 0; i < told; i++)
        certificates[i] = reader_bin(&r, LIMIT_STATEMENT_BYTES);
    assert_ok(reader_end(&r));
    assert_ok(replica_receipts_hear(to, certificates, told));
    mem_free(scopes);
    buf_free(&bytes);
}

static void meeting_of(struct replica *r, struct replica *peer, struct receipts_meeting *out)
{
    struct shared_scope *scopes;
    size_t count = shared_of(r, peer, &scopes, NULL);

    assert_ok(replica_receipts_meet(r, &peer->author, scopes, count, out));
    mem_free(scopes);
}

/* --- honest --- */

static void work_is_confirmed_when_a_receipt_covers_it(void **state)
{
    struct street *s = *state;
    struct buf known = {0};
    struct counted c = {.count = 0};

    assert_int_equal(unconfirmed(s->one), 0);
    (void)building_new(&s->town, s->one, &s->patch[0], "A");
    (void)building_new(&s->town, s->one, &s->patch[0], "B");
    assert_int_equal(unconfirmed(s->one), 2);
    meet(s->node, s->one);
    assert_int_equal(unconfirmed(s->one), 2); /* that it was sent is no proof */
    assert_ok(ask(s->one, s->node, &known));
    assert_int_equal(unconfirmed(s->one), 0);
    (void)building_new(&s->town, s->one, &s->patch[0], "C");
    assert_int_equal(unconfirmed(s->one), 1);
    assert_code(ask(s->one, s->node, &known), LINLI_E_CLOSED); /* the node does not hold it so */
    assert_int_equal(unconfirmed(s->one), 1);
    assert_ok(replica_receipt_each(s->one, count_receipt, &c));
    assert_true(c.count == 1 && c.ours == 1);
    (void)building_new(&s->town, s->node, &s->patch[0], "D");
    assert_int_equal(unconfirmed(s->node), 0); /* a node's own is where it belongs */
    assert_int_equal(warnings(s->one).count + warnings(s->node).count, 0);
    buf_free(&known);
}

static void what_was_written_meanwhile_is_not_covered(void **state)
{
    struct street *s = *state;
    struct receipt_element held[8], signed_as[8];
    struct shared_scope *scopes;
    struct buf receipt = {0};
    size_t count = shared_of(s->one, s->node, &scopes, held);

    mem_free(scopes);
    memcpy(signed_as, held, sizeof(held));
    assert_ok(replica_receipt_sign(s->node, signed_as, count, (span){NULL, 0}, &receipt));
    (void)building_new(&s->town, s->one, &s->patch[0], "A");
    struct receipt_answer answer = {.node = s->node->self.sign_public, .certificate = buf_span(&receipt), .elements = held,
                                    .count = count};
    assert_ok(replica_receipt_take(s->one, &answer));
    assert_int_equal(unconfirmed(s->one), 1);
    assert_int_equal(warnings(s->one).count, 0);
    buf_free(&receipt);
}

static void only_a_node_signs_and_only_a_nodes_receipt_counts(void **state)
{
    struct street *s = *state;
    struct buf known = {0}, bytes = {0};
    struct receipt_element held[8];
    struct shared_scope *scopes;
    struct receipt forged = {.network = s->one->self.network, .incarnation = 1};
    size_t count = shared_of(s->one, s->two, &scopes, held);
    struct counted c = {.count = 0};

    mem_free(scopes);
    assert_code(ask(s->one, s->two, &known), LINLI_E_REFUSED);
    memcpy(forged.node, s->two->self.sign_public, KEY_BYTES);
    assert_ok(receipt_make(s->two->self.sign_secret, &forged, held, count, &bytes));
    struct receipt_answer answer = {.node = s->two->self.sign_public, .certificate = buf_span(&bytes), .elements = held,
                                    .count = count};
    assert_code(replica_receipt_take(s->one, &answer), LINLI_E_REFUSED);
    answer.node = s->node->self.sign_public; /* it answers for somebody else */
    assert_code(replica_receipt_take(s->one, &answer), LINLI_E_SIGNATURE);
    span said[2] = {buf_span(&bytes), span_of("no certificate", 14)};
    assert_ok(replica_receipts_hear(s->one, said, 2)); /* passed over */
    buf_clear(&bytes);
    memcpy(forged.node, s->node->self.sign_public, KEY_BYTES);
    assert_ok(receipt_make(s->two->self.sign_secret, &forged, held, count, &bytes));
    answer.certificate = said[0] = buf_span(&bytes);
    assert_code(replica_receipt_take(s->one, &answer), LINLI_E_SIGNATURE);
    assert_ok(replica_receipts_hear(s->one, said, 1));
    forged.network.b[0] ^= 1;
    buf_clear(&bytes);
    assert_ok(receipt_make(s->node->self.sign_secret, &forged, held, count, &bytes));
    answer.certificate = buf_span(&bytes);
    assert_code(replica_receipt_take(s->one, &answer), LINLI_E_NETWORK);
    assert_ok(replica_receipt_each(s->one, count_receipt, &c));
    assert_int_equal(c.count + warnings(s->one).count, 0);
    buf_free(&bytes);
}

static void numbers_rise_whatever_is_closed_and_opened_again(void **state)
{
    struct street *s = *state;
    struct buf known = {0};
    uint64_t last = 0;

    for (unsigned i = 0; i < 3 * MANY; i++) {
        struct receipt r;
        assert_ok(ask(s->one, s->node, &known));
        assert_ok(receipt_decode(buf_span(&known), &r));
        assert_true(r.mark.number > last);
        last = r.mark.number;
        if (i % 5 == 4)
            s->node = house_reopen(&s->town, 0);
        if (i % 7 == 6) {
            (void)building_new(&s->town, s->node, &s->patch[0], "A");
            meet(s->node, s->one);
        }
    }
    assert_int_equal(warnings(s->one).count + warnings(s->node).count, 0);
    buf_free(&known);
}

static void what_two_have_heard_is_the_same_once_they_have_told_each_other(void **state)
{
    struct street *s = *state;
    struct buf known[2] = {{0}};
    struct receipts_meeting a, b;
    static const uint8_t nothing[8];

    meeting_of(s->one, s->two, &a);
    assert_memory_equal(a.heard, nothing, 8);
    assert_ok(ask(s->one, s->node, &known[0]));
    assert_ok(ask(s->two, s->node, &known[1]));
    meeting_of(s->one, s->two, &a);
    meeting_of(s->two, s->one, &b);
    assert_memory_not_equal(a.heard, b.heard, 8);
    tell(s->one, s->two);
    tell(s->two, s->one);
    meeting_of(s->one, s->two, &a);
    meeting_of(s->two, s->one, &b);
    assert_memory_equal(a.heard, b.heard, 8);
    assert_memory_not_equal(a.heard, nothing, 8);
    meeting_of(s->one, s->node, &a); /* of the two that meet nothing is passed on */
    assert_memory_equal(a.heard, nothing, 8);
    assert_true(a.known.size > 0 && !a.signs);
    receipts_meeting_free(&a);
    meeting_of(s->node, s->one, &b);
    assert_true(b.signs && b.known.size == 0);
    assert_int_equal(warnings(s->one).count + warnings(s->two).count, 0);
    buf_free(&known[0]);
    buf_free(&known[1]);
}

static void a_receipt_is_asked_for_again_after_a_day(void **state)
{
    struct street *s = *state;
    struct buf known = {0};
    struct receipts_meeting a;

    assert_ok(ask(s->one, s->node, &known));
    meeting_of(s->one, s->node, &a);
    assert_int_equal(a.settled.b[0], 1);
    receipts_meeting_free(&a);
    s->town.now_ms += UINT64_C(24) * 60 * 60 * 1000;
    meeting_of(s->one, s->node, &a);
    assert_int_equal(a.settled.b[0], 0);
    receipts_meeting_free(&a);
    buf_free(&known);
}

/* --- noticed --- */

static void folder_copy(const char *from, const char *to)
{
    char command[300];

    snprintf(command, sizeof(command), "rm -rf '%s' && cp -a '%s' '%s'", to, from, to);
    assert_int_equal(system(command), 0);
}

/* The node's folder as it is now, beside it. */
static void image_take(struct street *s, char image[96])
{
    snprintf(image, 96, "%s.old", s->town.houses[0].dir);
    replica_close(s->node);
    folder_copy(s->town.houses[0].dir, image);
    struct replica_config config = town_config(&s->town, &s->town.houses[0]);
    assert_ok(replica_open(&config, &s->town.houses[0].replica));
    s->node = s->town.houses[0].replica;
}

static void image_put_back(struct street *s, const char *image)
{
    char command[200];

    replica_close(s->node);
    folder_copy(image, s->town.houses[0].dir);
    snprintf(command, sizeof(command), "rm -rf '%s'", image);
    assert_int_equal(system(command), 0);
    struct replica_config config = town_config(&s->town, &s->town.houses[0]);
    assert_ok(replica_open(&config, &s->town.houses[0].replica));
    s->node = s->town.houses[0].replica;
}

static void a_node_that_was_put_back_says_so_and_begins_anew(void **state)
{
    struct street *s = *state;
    struct buf known = {0};
    char image[96];

    image_take(s, image);
    linli_id building = building_new(&s->town, s->one, &s->patch[0], "A");
    meet(s->node, s->one);
    assert_ok(ask(s->one, s->node, &known));
    image_put_back(s, image);
    uint64_t incarnation = s->node->self.incarnation;
    meet(s->node, s->one); /* it is filled again */
    assert_ok(ask(s->one, s->node, &known));
    assert_true(s->node->self.incarnation != incarnation);
    struct counted at_node = warnings(s->node), at_one = warnings(s->one);
    assert_true(at_node.count == 1 && at_node.kinds[LINLI_WARNING_ROLLED_BACK] == 1 && at_node.self);
    assert_true(at_one.count == 1 && at_one.kinds[LINLI_WARNING_ANEW] == 1 && !at_one.self);
    linli_id scope;
    struct arena a = {0};
    struct record_state loaded;
    assert_ok(replica_load(s->node, &a, &building, &scope, &loaded));
    arena_free(&a);
    assert_ok(ask(s->one, s->node, &known)); /* and that is all */
    assert_int_equal(warnings(s->node).count + warnings(s->one).count, 2);
    s->node = house_reopen(&s->town, 0);
    assert_true(s->node->self.incarnation != incarnation);
    buf_free(&known);
}

static void a_node_that_hears_from_others_that_it_was_put_back(void **state)
{
    struct street *s = *state;
    struct buf known = {0};
    char image[96];

    image_take(s, image);
    assert_ok(ask(s->one, s->node, &known));
    image_put_back(s, image);
    uint64_t incarnation = s->node->self.incarnation;
    span said = buf_span(&known);
    assert_ok(replica_receipts_hear(s->node, &said, 1));
    assert_true(s->node->self.incarnation != incarnation && warnings(s->node).self);
    incarnation = s->node->self.incarnation;
    assert_ok(replica_receipts_hear(s->node, &said, 1)); /* of an incarnation that is over */
    assert_true(s->node->self.incarnation == incarnation);
    buf_free(&known);
}

/* The node lies: it signs these figures for the two roots of the street's shared set. */
static void lie(struct street *s, struct replica *to, uint64_t number, uint64_t statements, uint64_t weight)
{
    struct receipt r = {.network = to->self.network, .incarnation = 9, .mark = {0, 0, number}, .issued_ms = number};
    struct receipt_element e = {.scope = s->node->self.root_scope, .statements = statements, .weight = weight};
    struct buf bytes = {0};

    memcpy(r.node, s->node->self.sign_public, KEY_BYTES);
    assert_ok(receipt_make(s->node->self.sign_secret, &r, &e, 1, &bytes));
    span said = buf_span(&bytes);
    assert_ok(replica_receipts_hear(to, &said, 1));
    buf_free(&bytes);
}

static void two_stories_are_noticed_when_those_who_heard_them_meet(void **state)
{
    struct street *s = *state;

    lie(s, s->one, 5, 3, 10);
    lie(s, s->two, 6, 2, 20); /* it withholds a revocation from two */
    assert_int_equal(warnings(s->one).count + warnings(s->two).count, 0);
    tell(s->one, s->two);
    tell(s->two, s->one);
    assert_int_equal(warnings(s->one).kinds[LINLI_WARNING_RIGHTS_WITHHELD], 1);
    assert_int_equal(warnings(s->two).kinds[LINLI_WARNING_RIGHTS_WITHHELD], 1);
    lie(s, s->one, 7, 3, 9);
    assert_int_equal(warnings(s->one).kinds[LINLI_WARNING_RECORDS_WITHHELD], 1);
    lie(s, s->one, 6, 3, 11);
    assert_int_equal(warnings(s->one).kinds[LINLI_WARNING_FORKED], 1);
    assert_int_equal(warnings(s->one).count, 3);
}

/* Somebody says more than is kept of him: ids come and go at the node, and it withholds nothing. */
static void a_node_at_a_bound_is_accused_of_nothing(void **state)
{
    struct street *s = *state;
    struct buf known = {0};
    struct replica *two[] = {s->node, s->one};
    size_t added;

    for (unsigned i = 0; i < REVOCATIONS_KEPT + MANY; i++) {
        struct revocation r = {.page = 1, .pages = 1};
        struct buf certificate = {0};
        statement_start(s->node, &s->node->own[0].grant, &s->node->own[0].grant.path, &r.head);
        memset(r.device, 77, KEY_BYTES);
        assert_ok(revocation_make(s->node->self.sign_secret, &r, NULL, 0, NULL, 0, &certificate));
        span one = buf_span(&certificate);
        for (size_t k = 0; k < COUNT_OF(two); k++)
            assert_ok(replica_grants_add(two[k], &one, 1, &added));
        buf_free(&certificate);
        assert_ok(ask(s->one, s->node, &known));
    }
    assert_int_equal(warnings(s->one).count + warnings(s->node).count, 0);
    buf_free(&known);
}

static void what_is_not_so_is_kept_as_evidence_and_confirms_nothing(void **state)
{
    struct street *s = *state;
    struct receipt_element held[8], other[8];
    struct shared_scope *scopes;
    struct buf bytes = {0};
    size_t count = shared_of(s->one, s->node, &scopes, held);
    struct counted c = {.count = 0};

    mem_free(scopes);
    memcpy(other, held, sizeof(held));
    struct receipt r = {.network = s->one->self.network, .incarnation = 9};
    memcpy(r.node, s->node->self.sign_public, KEY_BYTES);
    (void)building_new(&s->town, s->one, &s->patch[0], "A");
    other[0].weight++;
    assert_ok(receipt_make(s->node->self.sign_secret, &r, other, count, &bytes));
    struct receipt_answer answer = {.node = r.node, .certificate = buf_span(&bytes), .elements = held, .count = count};
    assert_ok(replica_receipt_take(s->one, &answer));
    assert_int_equal(warnings(s->one).kinds[LINLI_WARNING_MISSTATED], 1);
    assert_int_equal(unconfirmed(s->one), 1);
    assert_ok(replica_receipt_each(s->one, count_receipt, &c));
    assert_int_equal(c.count, 0);
    buf_free(&bytes);
}

static void an_answer_that_is_not_newer_than_the_question_tells_of_an_older_state(void **state)
{
    struct street *s = *state;
    struct receipt_element held[8];
    struct shared_scope *scopes;
    struct buf known = {0};
    size_t count = shared_of(s->one, s->node, &scopes, held);

    mem_free(scopes);
    assert_ok(ask(s->one, s->node, &known));
    (void)building_new(&s->town, s->two, &s->patch[1], "A"); /* elsewhere: what these two share is as it was */
    struct receipt_answer answer = {.node = s->node->self.sign_public, .certificate = buf_span(&known), .shown = buf_span(&known),
                                    .elements = held, .count = count};
    assert_ok(replica_receipt_take(s->one, &answer));
    assert_int_equal(warnings(s->one).kinds[LINLI_WARNING_ROLLED_BACK], 1);
    buf_free(&known);
}

/* --- bounds --- */

/* What the node signs, whatever it is, comes to somebody's ears. */
static void say(struct street *s, struct replica *to, struct receipt *r, const linli_id *scope, uint64_t statements)
{
    struct receipt_element e = {.scope = *scope, .statements = statements, .weight = 10};
    struct buf bytes = {0};

    r->network = to->self.network;
    memcpy(r->node, s->node->self.sign_public, KEY_BYTES);
    assert_ok(receipt_make(s->node->self.sign_secret, r, &e, 1, &bytes));
    span said = buf_span(&bytes);
    assert_ok(replica_receipts_hear(to, &said, 1));
    buf_free(&bytes);
}

static void say_anew(struct street *s, struct replica *to, uint64_t incarnation)
{
    struct receipt r = {.incarnation = incarnation, .issued_ms = TOWN_NOW_MS * 2 + incarnation};

    say(s, to, &r, &s->node->self.root_scope, 0);
}

static void kept_of(struct street *s, struct replica *r, struct receipt_list *list)
{
    struct store_txn *txn = NULL;

    assert_ok(store_begin(r->store, false, &txn));
    assert_ok(receipts_load(txn, s->node->self.sign_public, list));
    store_abort(txn); /* their certificates are gone with it */
}

static void of_each_node_a_few_are_kept(void **state)
{
    struct street *s = *state;
    struct receipt_list list;
    struct buf known = {0};
    size_t ours = 0, first = 0;

    assert_ok(ask(s->one, s->node, &known));
    for (uint64_t i = 1; i <= MANY; i++)
        lie(s, s->one, i, i, i);
    kept_of(s, s->one, &list);
    assert_int_equal(list.count, 4 + 1);
    receipts_free(&list);
    for (uint64_t i = 0; i < MANY; i++)
        say_anew(s, s->one, 100 + i);
    kept_of(s, s->one, &list);
    assert_int_equal(list.count, 4 + 15); /* of 16 incarnations; those heard of first, and the last */
    for (size_t i = 0; i < list.count; i++) {
        uint64_t incarnation = list.at[i].incarnation;
        ours += incarnation == s->node->self.incarnation;
        first += incarnation == 9;
        assert_true(incarnation < 100 || incarnation > 100 + MANY || incarnation - 100 < 13 || incarnation == 100 + MANY - 1);
    }
    assert_true(ours == 1 && first == 4);
    receipts_free(&list);
    buf_free(&known);
}

static void of_one_number_the_first_stays(void **state)
{
    struct street *s = *state;

    lie(s, s->one, 5, 3, 10);
    lie(s, s->one, 5, 1, 10);
    lie(s, s->one, 6, 2, 10);
    assert_int_equal(warnings(s->one).kinds[LINLI_WARNING_FORKED], 1);
    assert_int_equal(warnings(s->one).kinds[LINLI_WARNING_RIGHTS_WITHHELD], 1);
}

static void a_node_cannot_make_others_forget_what_it_signed(void **state)
{
    struct street *s = *state;

    lie(s, s->one, 5, 3, 10);
    for (uint64_t i = 0; i < 2 * MANY; i++) { /* of what nobody has heard of */
        struct receipt r = {.incarnation = 9, .mark = {0, 0, 100 + i}, .issued_ms = TOWN_NOW_MS * 2};
        linli_id scope = {{2, (uint8_t)i}};
        say(s, s->one, &r, &scope, 1000);
    }
    for (uint64_t i = 0; i < 2 * MANY; i++) /* of incarnations of the far future */
        say_anew(s, s->one, 100 + i);
    assert_int_equal(warnings(s->one).kinds[LINLI_WARNING_RIGHTS_WITHHELD], 0);
    lie(s, s->two, 6, 2, 10);
    tell(s->two, s->one);
    assert_int_equal(warnings(s->one).kinds[LINLI_WARNING_RIGHTS_WITHHELD], 1);
}

static void a_node_cannot_keep_two_from_telling_each_other(void **state)
{
    struct street *s = *state;
    struct receipts_meeting a, b;
    struct receipt top = {.incarnation = 9, .mark = {0, 0, 1000}};
    linli_id nowhere = {{2}};

    lie(s, s->one, 5, 3, 10);
    lie(s, s->two, 6, 2, 10);
    say(s, s->one, &top, &nowhere, 1);
    say(s, s->two, &top, &nowhere, 1);
    meeting_of(s->one, s->two, &a);
    meeting_of(s->two, s->one, &b);
    assert_memory_not_equal(a.heard, b.heard, 8); /* though both have the same highest */
    tell(s->one, s->two);
    assert_int_equal(warnings(s->two).kinds[LINLI_WARNING_RIGHTS_WITHHELD], 1);
}

static void a_node_cannot_fill_what_is_passed_on(void **state)
{
    struct street *s = *state;
    struct replica *liar = town_relay(&s->town, s->node, &s->node->self.root_scope), *honest = s->node;
    struct buf known = {0};
    struct counted c = {.count = 0};

    meet(s->node, s->one);
    meet(s->node, s->two);
    assert_ok(ask(s->one, honest, &known));
    s->node = liar;
    for (uint64_t i = 0; i < 16; i++)
        for (uint64_t n = 0; n < 3; n++) {
            struct receipt r = {.incarnation = i, .mark = {0, 0, UINT64_MAX - n}};
            say(s, s->one, &r, &s->one->self.root_scope, 1000 - n);
        }
    s->node = honest;
    tell(s->one, s->two);
    assert_ok(replica_receipt_each(s->two, count_receipt, &c));
    assert_int_equal(c.count, 2);
    buf_free(&known);
}

static void who_is_no_node_any_more_is_not_heard(void **state)
{
    struct street *s = *state;
    struct replica *gone = town_relay(&s->town, s->node, &s->patch[0]), *root = s->node;
    struct linli_revoke order = {.reason = LINLI_REASON_RETIRED};
    struct linli_revoked done;
    struct counted c = {.count = 0};

    memcpy(order.device, gone->self.sign_public, KEY_BYTES);
    assert_ok(replica_revoke(root, &order, &done));
    meet(root, s->one);
    s->node = gone;
    lie(s, s->one, 5, 3, 10);
    lie(s, s->one, 6, 2, 10);
    s->node = root;
    assert_ok(replica_receipt_each(s->one, count_receipt, &c));
    assert_int_equal(c.count + warnings(s->one).count, 0);
}

struct evidence {
    uint64_t first, last;
};

static bool anew_note(void *ctx, const struct linli_warning *warning)
{
    struct evidence *e = ctx;

    if (warning->kind != LINLI_WARNING_ANEW)
        return true;
    e->first = e->first == 0 || warning->incarnation < e->first ? warning->incarnation : e->first;
    e->last = warning->incarnation > e->last ? warning->incarnation : e->last;
    return true;
}

static void of_each_kind_the_first_evidence_is_kept_and_the_last(void **state)
{
    struct street *s = *state;
    struct evidence e = {0, 0};

    lie(s, s->one, 5, 3, 10);
    lie(s, s->one, 6, 2, 10);
    for (uint64_t i = 0; i < 2 * MANY; i++) {
        s->town.now_ms -= 1000; /* whatever its own clock says */
        say_anew(s, s->one, 100 + i);
    }
    assert_ok(replica_warning_each(s->one, anew_note, &e));
    assert_true(e.first == 100 && e.last == 100 + 2 * MANY - 1);
    assert_int_equal(warnings(s->one).count, 3);
    assert_int_equal(warnings(s->one).kinds[LINLI_WARNING_RIGHTS_WITHHELD], 1);
}

/* --- memory --- */

static int count_once(void *ctx)
{
    struct street *s = ctx;
    struct counted c = {.count = 0};
    uint64_t count;
    int rv = replica_unconfirmed(s->one, &count);

    if (rv == LINLI_OK)
        rv = replica_receipt_each(s->one, count_receipt, &c);
    return rv == LINLI_OK ? replica_warning_each(s->one, count_warning, &c) : rv;
}

static void each_allocation_fails_without_a_trace(void **state)
{
    struct street *s = *state;
    struct receipt_element held[8];
    struct shared_scope *scopes;
    struct buf known = {0};
    bool failed = true;

    (void)building_new(&s->town, s->one, &s->patch[0], "A");
    assert_true(each_failure(s->one, &s->patch[0], count_once, s) > 1);
    meet(s->node, s->one);
    size_t count = shared_of(s->one, s->node, &scopes, held);
    mem_free(scopes);
    for (size_t n = 1; failed; n++) { /* what the node had signed was not heard, and that is all */
        heap_fail_at(n);
        int rv = answer(s->one, s->node, held, count, &known);
        failed = heap_failed();
        heap_unwatch();
        assert_code(rv, failed ? LINLI_E_NOMEM : LINLI_OK);
        assert_int_equal(unconfirmed(s->one), failed);
    }
    lie(s, s->one, 5, 3, 10);
    assert_int_equal(warnings(s->one).count, 1); /* another incarnation */
    buf_free(&known);
}

struct exchange {
    struct replica *r;
    const linli_author *peer;
    struct shared_scope *scopes;
    size_t count;
    span heard;
    struct receipt_answer answer;
};

static int meet_work(void *ctx)
{
    const struct exchange *x = ctx;
    struct receipts_meeting meeting;
    int rv = replica_receipts_meet(x->r, x->peer, x->scopes, x->count, &meeting);

    if (rv == LINLI_OK)
        receipts_meeting_free(&meeting);
    return rv;
}

static int pass_on_work(void *ctx)
{
    const struct exchange *x = ctx;
    struct buf bytes = {0};
    int rv = replica_receipts_heard(x->r, x->peer->key, x->scopes, x->count, &bytes);

    buf_free(&bytes);
    return rv;
}

static int hear_work(void *ctx)
{
    const struct exchange *x = ctx;

    return replica_receipts_hear(x->r, &x->heard, 1);
}

static int take_work(void *ctx)
{
    const struct exchange *x = ctx;

    return replica_receipt_take(x->r, &x->answer);
}

static void what_is_heard_or_passed_on_is_so_whole_or_not_at_all(void **state)
{
    struct street *s = *state;
    struct receipt_element held[8], signed_as[8], e = {.scope = s->node->self.root_scope};
    struct exchange x = {.r = s->one, .peer = &s->node->author};
    struct buf receipt = {0}, heard = {0}, own = {0};

    (void)building_new(&s->town, s->one, &s->patch[0], "A");
    meet(s->node, s->one);
    x.count = shared_of(s->one, s->node, &x.scopes, held);
    memcpy(signed_as, held, sizeof(held));
    assert_ok(replica_receipt_sign(s->node, signed_as, x.count, (span){NULL, 0}, &receipt));
    x.answer = (struct receipt_answer){.node = s->node->self.sign_public, .certificate = buf_span(&receipt),
                                       .elements = held, .count = x.count, .settled = {{1}}};
    assert_true(each_failure(s->one, &s->patch[0], take_work, &x) > 1);
    assert_int_equal(unconfirmed(s->one), 0);
    assert_true(each_failure(s->one, &s->patch[0], meet_work, &x) > 1);
    mem_free(x.scopes);
    x.peer = &s->two->author;
    x.count = shared_of(s->one, s->two, &x.scopes, NULL);
    assert_true(each_failure(s->one, &s->patch[0], meet_work, &x) > 1);
    assert_true(each_failure(s->one, &s->patch[0], pass_on_work, &x) > 1);
    mem_free(x.scopes);
    struct receipt r = {.network = s->one->self.network, .incarnation = 100, .issued_ms = 1000};
    memcpy(r.node, s->node->self.sign_public, KEY_BYTES);
    assert_ok(receipt_make(s->node->self.sign_secret, &r, &e, 1, &heard));
    x.heard = buf_span(&heard);
    assert_true(each_failure(s->one, &s->patch[0], hear_work, &x) > 1);
    assert_int_equal(warnings(s->one).kinds[LINLI_WARNING_ANEW], 1);
    assert_true(each_failure(s->one, &s->patch[0], count_once, s) > 1);
    r.incarnation = s->node->author.incarnation; /* of a time that the node itself has not seen yet */
    r.mark = (struct receipt_mark){.opened = 1000, .run = 9, .number = 1001};
    assert_ok(receipt_make(s->node->self.sign_secret, &r, &e, 1, &own));
    x.r = s->node;
    x.heard = buf_span(&own);
    assert_true(each_failure(s->node, &s->patch[0], hear_work, &x) > 1);
    assert_true(warnings(s->node).self);
    buf_free(&receipt);
    buf_free(&heard);
    buf_free(&own);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, start, stop)
    const struct CMUnitTest tests[] = {
        CASE(work_is_confirmed_when_a_receipt_covers_it),
        CASE(a_node_at_a_bound_is_accused_of_nothing),
        CASE(what_was_written_meanwhile_is_not_covered),
        CASE(only_a_node_signs_and_only_a_nodes_receipt_counts),
        CASE(numbers_rise_whatever_is_closed_and_opened_again),
        CASE(what_two_have_heard_is_the_same_once_they_have_told_each_other),
        CASE(a_receipt_is_asked_for_again_after_a_day),
        CASE(a_node_that_was_put_back_says_so_and_begins_anew),
        CASE(a_node_that_hears_from_others_that_it_was_put_back),
        CASE(two_stories_are_noticed_when_those_who_heard_them_meet),
        CASE(what_is_not_so_is_kept_as_evidence_and_confirms_nothing),
        CASE(an_answer_that_is_not_newer_than_the_question_tells_of_an_older_state),
        CASE(of_each_node_a_few_are_kept),
        CASE(of_one_number_the_first_stays),
        CASE(a_node_cannot_make_others_forget_what_it_signed),
        CASE(a_node_cannot_keep_two_from_telling_each_other),
        CASE(a_node_cannot_fill_what_is_passed_on),
        CASE(who_is_no_node_any_more_is_not_heard),
        CASE(of_each_kind_the_first_evidence_is_kept_and_the_last),
        CASE(each_allocation_fails_without_a_trace),
        CASE(what_is_heard_or_passed_on_is_so_whole_or_not_at_all),
    };
    return UNIT_RUN(tests);
}
