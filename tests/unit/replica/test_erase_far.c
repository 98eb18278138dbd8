/*
 * tests: replica: an erasure finds what is held anywhere, goes as far as its signer may, and what comes of an order that counts no
 * more follows from what is held, whatever came first; no order, forged or not, keeps an entry of the audit from anybody.
 */
#include "auth/certificate.h"
#include "erasing_story.h"
#include "replica/disclose.h"
#include "rows.h"

/* --- where it looks --- */

/* A device of one patch that writes of somebody in another, where it may not. */
static void what_was_set_aside_in_another_scope_goes_too(void **state)
{
    struct story s;
    struct device_keys keys;
    struct buf run = {0};

    (void)state;
    story_start(&s);
    linli_id other = scope_add(s.office, &s.root, "patch 2");
    resident_new(s.captain, &s.patch, &s.record, FIRST);
    meet(s.captain, s.office);
    struct hand hand = captain_hand(&s, &keys);
    hand.scope = other;
    struct hand_write w = name_write(&s.record, SECOND, NULL);
    hand_one(&hand, &w, &run);
    assert_int_equal(ingest(s.office, buf_span(&run)).set_aside, 1);
    assert_true(canary_in_folder(s.town.houses[0].dir, SECOND));
    struct linli_erased done = erase(s.office, &s.record);
    assert_int_equal(done.records, 1);
    assert_int_equal(done.parts, 3);
    assert_int_equal(done.left, 0);
    assert_int_equal(aside(s.office), 0);
    assert_no_trace(&s, 0);
    s.office = s.town.houses[0].replica;
    assert_int_equal(erase(s.office, &s.record).orders, 0);
    buf_free(&run);
    town_end(&s.town);
}

/* It is shown nowhere: of what waits nobody has heard yet. */
static void what_only_waits_goes_too(void **state)
{
    struct story s;
    struct buf unseen = {0}, waits = {0};

    (void)state;
    story_start(&s);
    linli_author author = hand_waits(&s, &s.record, &unseen, &waits);
    assert_int_equal(ingest(s.office, buf_span(&waits)).outcome, INGEST_WAITING);
    assert_int_equal(erase(s.office, &s.record).parts, 1);
    assert_no_trace(&s, 0);
    s.office = s.town.houses[0].replica;
    ingest(s.office, buf_span(&unseen));
    assert_int_equal(head_at(s.office, &s.patch, &author).seq, 1);
    assert_int_equal(aside(s.office), 0);
    assert_verifies(s.office);
    buf_free(&unseen);
    buf_free(&waits);
    town_end(&s.town);
}

/* Of a class of which another part is wanted nothing is judged yet: neither shown nor set aside. */
static void what_came_in_part_goes_too(void **state)
{
    struct story s;
    struct device_keys keys;
    struct buf run = {0}, partly = {0}, entry = {0};
    struct arena a = {0};
    struct run whole;
    const enum part_carried as[] = {PART_HELD, PART_ABSENT};

    (void)state;
    story_start(&s);
    struct hand hand = captain_hand(&s, &keys);
    hand_twins(&hand, &s.record, SECOND, FIRST ".", &run);
    assert_ok(run_decode(&a, buf_span(&run), &whole));
    assert_ok(entry_as(whole.entries[0], as, 2, &entry));
    whole.entries[0] = buf_span(&entry);
    assert_ok(run_encode(&whole, &partly));
    assert_int_equal(ingest(s.office, buf_span(&partly)).outcome, INGEST_STORED);
    assert_int_equal(wants(s.office, &s.patch), 1);
    assert_int_equal(erase(s.office, &s.record).parts, 1);
    assert_no_trace(&s, 0);
    arena_free(&a);
    buf_free(&run);
    buf_free(&partly);
    buf_free(&entry);
    town_end(&s.town);
}

/* What is refused was on no page: not of the next commit either, which LMDB makes of the same memory. */
static void what_is_refused_afterwards_is_on_no_page(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    resident_new(s.office, &s.patch, &s.record, FIRST);
    (void)erase(s.office, &s.record);
    s.office = house_reopen(&s.town, 0);
    for (unsigned i = 0; i < 20; i++) {
        linli_id another = id_new(&s.town);
        assert_code(resident_set(s.office, &s.patch, &s.record, RESIDENT_RELATION, SECOND), LINLI_E_REFUSED);
        resident_new(s.office, &s.patch, &another, BYSTANDER);
    }
    assert_false(canary_in_folder(s.town.houses[0].dir, SECOND));
    town_end(&s.town);
}

/* --- how far it goes --- */

/* A further grant of the office's for this device, for these rights alone; both know of it. */
static void grant_further(struct story *s, struct replica *r, unsigned rights)
{
    struct grant g = {.network = s->office->self.network, .role = ROLE_CLERK, .rights = rights, .issuer = s->office->own[0].grant.id};
    struct buf certificate = {0};
    size_t added;

    assert_ok(replica_scope_path(s->office, &s->patch, &g.path));
    memcpy(g.subject, r->self.sign_public, KEY_BYTES);
    assert_ok(grant_make(s->office->self.sign_secret, &g, &certificate));
    span one = buf_span(&certificate);
    assert_ok(replica_grants_add(s->office, &one, 1, &added));
    assert_ok(replica_grants_add(r, &one, 1, &added));
    buf_free(&certificate);
}

/* A device that has these rights, and may read. */
static struct replica *helper_join(struct story *s, unsigned rights)
{
    struct replica *r = town_join(&s->town, s->office, &s->patch, LINLI_VIEWER);

    grant_further(s, r, rights);
    meet(s->office, r);
    return r;
}

static void who_may_erase_one_class_does_that_and_hears_what_stays(void **state)
{
    enum { RIGHTS = RIGHT_READ | RIGHT_MANAGE | RIGHT_WRITE_PUBLIC | RIGHT_WRITE_PERSONAL };
    struct story s;
    struct linli_erased done;

    (void)state;
    story_start(&s);
    resident_new(s.captain, &s.patch, &s.record, FIRST);
    all_meet(&s);
    struct replica *helper = helper_join(&s, RIGHTS);
    struct linli_erase order = {.records = &s.record, .count = 1, .reason = LINLI_ERASE_REQUEST, .dry_run = true};
    assert_ok(replica_erase(helper, &order, &done));
    assert_int_equal(done.left, 1);
    order.dry_run = false;
    assert_ok(replica_erase(helper, &order, &done));
    assert_int_equal(done.records, 1);
    assert_int_equal(done.parts, 1);
    assert_int_equal(done.orders, 1);
    assert_int_equal(done.left, 1);
    assert_int_equal(done.left_classes, 1u << CLASS_SENSITIVE);
    assert_code(replica_erase(helper, &order, &done), LINLI_E_REFUSED); /* what is left is not for it */
    meet(helper, s.office);
    done = erase(s.office, &s.record);
    assert_int_equal(done.parts, 1);
    assert_int_equal(done.left, 0);
    all_meet(&s);
    assert_gone(&s);
    town_end(&s.town);
}

/* The note is personal data beside the order: who may not write that says the order without it. */
static void who_may_not_write_the_note_erases_without_it(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    resident_new(s.captain, &s.patch, &s.record, FIRST);
    all_meet(&s);
    struct replica *helper = helper_join(&s, RIGHT_READ | RIGHT_MANAGE | RIGHT_WRITE_PUBLIC | RIGHT_WRITE_SENSITIVE);
    struct replica *mute = helper_join(&s, RIGHT_READ | RIGHT_MANAGE | RIGHT_WRITE_SENSITIVE);
    struct linli_erase order = {.records = &s.record, .count = 1, .reason = LINLI_ERASE_REQUEST, .note = "a made-up wish"};
    struct linli_erased done;
    assert_code(replica_erase(mute, &order, &done), LINLI_E_REFUSED); /* nor can it say anything there */
    done = erase(helper, &s.record);
    assert_int_equal(done.parts, 1);
    assert_int_equal(done.left_classes, 1u << CLASS_PERSONAL);
    meet(helper, s.office);
    assert_int_equal(erase(s.office, &s.record).left, 0);
    all_meet(&s);
    assert_gone(&s);
    town_end(&s.town);
}

/* Two grants of one device, each for a class: it says an order under each. */
static void rights_of_several_grants_add_up(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    resident_new(s.captain, &s.patch, &s.record, FIRST);
    all_meet(&s);
    struct replica *helper = helper_join(&s, RIGHT_READ | RIGHT_MANAGE | RIGHT_WRITE_PUBLIC | RIGHT_WRITE_PERSONAL);
    grant_further(&s, helper, RIGHT_READ | RIGHT_MANAGE | RIGHT_WRITE_SENSITIVE);
    struct linli_erased done = erase(helper, &s.record);
    assert_int_equal(done.orders, 2);
    assert_int_equal(done.parts, 2);
    assert_int_equal(done.left, 0);
    meet(helper, s.office);
    all_meet(&s);
    assert_gone(&s);
    town_end(&s.town);
}

/* --- an order that counts no more --- */

/* What there is to come, and to be offered again. */
struct coming {
    struct buf run, parts[2], order, act;
    linli_author author;
};

static void part_offer(struct replica *r, struct story *s, struct coming *c, uint32_t part)
{
    int rv = replica_part_fill(r, &s->patch, &c->author, 1, part, buf_span(&c->parts[part]));

    assert_true(rv == LINLI_OK || rv == LINLI_E_NOT_FOUND); /* held already, erased, or not known of yet */
}

static void one_comes(struct replica *r, struct story *s, struct coming *c, unsigned what)
{
    span certificate = buf_span(what == 1 ? &c->order : &c->act);
    struct ingested out;
    span run = buf_span(&c->run);
    size_t added;
    int code;

    if (what == 0)
        assert_ok(replica_ingest(r, &run, 1, &out, &code));
    else if (what < 3)
        assert_ok(replica_grants_add(r, &certificate, 1, &added));
    else
        part_offer(r, s, c, what - 3);
}

struct naming {
    const linli_id *record, *patch;
    linli_author author;
    struct buf *out;
};

/* Both parts are named, as an altered program does, or one that met each of them without the other. */
static int twins_name(struct work *w, void *ctx)
{
    const struct naming *n = ctx;
    struct erasure_part parts[] = {{n->author, 1, 0}, {n->author, 1, 1}};
    struct erasure e = {.record = *n->record, .classes = ERASABLE, .reason = LINLI_ERASE_ERROR};
    struct scope_path path;
    uint32_t scope;

    assert_ok(scope_number(w->txn, n->patch, &scope));
    assert_ok(tree_path(w->txn, scope, &path));
    statement_start(w->r, &w->r->own[0].grant, &path, &e.head);
    return erasure_make(w->r->self.sign_secret, &e, parts, COUNT_OF(parts), n->out);
}

static bool act_take(void *ctx, const linli_hash *id, span certificate)
{
    struct revocation act;

    (void)id;
    return revocation_decode(certificate, &act) != LINLI_OK || buf_append(ctx, certificate.at, certificate.size) != LINLI_OK;
}

static void twins_make(struct story *s, struct coming *c)
{
    struct device_keys keys;
    struct linli_revoked done;
    struct store_txn *txn = NULL;
    struct arena a = {0};
    struct run run;
    struct changeset *cs;
    struct hand hand = captain_hand(s, &keys);
    struct naming n = {&s->record, &s->patch, hand.author, &c->order};

    c->author = hand.author;
    hand_twins(&hand, &s->record, FIRST ".", SECOND, &c->run);
    assert_ok(run_decode(&a, buf_span(&c->run), &run));
    assert_ok(run_open(&a, &run, &s->office->self.network, &cs));
    for (size_t i = 0; i < 2; i++)
        assert_ok(buf_append(&c->parts[i], cs[0].parts[i].bytes.at, cs[0].parts[i].bytes.size));
    meet(s->office, s->clerk); /* the hand's grant */
    assert_ok(work_run(s->clerk, twins_name, &n));
    struct linli_revoke order = revoke_strictly(&s->clerk_keys, 1);
    assert_ok(replica_revoke(s->office, &order, &done));
    assert_ok(store_begin(s->office->store, false, &txn));
    assert_ok(grant_row_each(txn, NULL, act_take, &c->act));
    store_abort(txn);
    assert_true(c->act.size > 0);
    arena_free(&a);
}

static void coming_free(struct coming *c)
{
    buf_free(&c->run);
    buf_free(&c->order);
    buf_free(&c->act);
    for (size_t i = 0; i < 2; i++)
        buf_free(&c->parts[i]);
}

/* The n-th order of 0..4. */
static void order_of(unsigned n, unsigned out[5])
{
    unsigned left[] = {0, 1, 2, 3, 4};

    for (unsigned i = 0, count = 5; count > 0; count--) {
        unsigned k = n % count;
        n /= count;
        out[i++] = left[k];
        memmove(left + k, left + k + 1, (count - k - 1) * sizeof(*left));
    }
}

static unsigned parts_held(struct replica *r, struct story *s, const linli_author *author)
{
    struct buf bytes = {0};
    unsigned held = 0;

    for (uint32_t i = 0; i < 2; i++)
        held |= replica_read_part(r, &s->patch, author, 1, i, 7, &bytes) == LINLI_OK ? 1u << i : 0;
    buf_free(&bytes);
    return held;
}

static bool grant_pass(void *ctx, const linli_hash *id, span certificate)
{
    struct buf copy = {0};
    size_t added;

    (void)id;
    if (certificate_kind(certificate) != STATEMENT_GRANT)
        return true;
    assert_ok(buf_append(&copy, certificate.at, certificate.size));
    span one = buf_span(&copy);
    assert_ok(replica_grants_add(ctx, &one, 1, &added));
    buf_free(&copy);
    return true;
}

/* Who was let in, and knows who else was; of what was taken back it has not heard. */
static struct replica *newcomer(struct story *s)
{
    struct store_txn *txn = NULL;
    struct replica *r = town_join(&s->town, s->office, &s->patch, LINLI_CAPTAIN);

    assert_ok(store_begin(s->office->store, false, &txn));
    assert_ok(grant_row_each(txn, NULL, grant_pass, r));
    store_abort(txn);
    return r;
}

/* What was shown before to whoever held the same. */
struct shown_before {
    linli_hash by_held[4];
    bool known[4];
};

static void assert_shown_as_before(struct shown_before *b, struct replica *r, struct story *s, const linli_author *author)
{
    unsigned held = parts_held(r, s, author);
    linli_hash now = shown(r, &s->patch);

    if (b->known[held])
        assert_memory_equal(now.b, b->by_held[held].b, HASH_BYTES);
    b->by_held[held] = now;
    b->known[held] = true;
    assert_verifies(r);
}

/*
 * Two parts of one record and class, of which no honest writer makes more than one: both are named by an order that fell. What is
 * shown follows from which of them are here, in each of the 120 orders in which it all may come.
 */
static void which_of_two_parts_is_taken_does_not_hang_on_what_came_first(void **state)
{
    struct story s;
    struct coming c = {.run = {0}};
    struct shown_before before = {.known = {false}};

    (void)state;
    story_start(&s);
    twins_make(&s, &c);
    for (unsigned n = 0; n < 120; n++) {
        unsigned order[5];
        struct replica *r = newcomer(&s);
        order_of(n, order);
        for (size_t i = 0; i < COUNT_OF(order); i++)
            one_comes(r, &s, &c, order[i]);
        assert_shown_as_before(&before, r, &s, &c.author);
        part_offer(r, &s, &c, n % 2);
        assert_shown_as_before(&before, r, &s, &c.author);
        part_offer(r, &s, &c, 1 - n % 2);
        assert_int_equal(parts_held(r, &s, &c.author), 3);
        assert_int_equal(aside(r), 1); /* the second of the two */
        assert_shown_as_before(&before, r, &s, &c.author);
        house_remove(&s.town.houses[--s.town.count]);
    }
    assert_true(before.known[0] && before.known[1] && before.known[2]); /* the order came between, and was followed */
    coming_free(&c);
    town_end(&s.town);
}

/* --- entries of the audit --- */

/* The clerk says what was shown to whom, and orders that nobody may keep it. */
struct hiding {
    struct story *s;
    linli_author author;     /* of the entry, with its place in the log */
    uint64_t seq;
    struct buf order;
};

static int entry_hide(struct work *w, void *ctx)
{
    struct hiding *h = ctx;
    struct erasure_part parts[] = {{h->author, h->seq, 0}, {h->author, h->seq, 1}};
    struct erasure e = {.record = h->s->record, .classes = ERASABLE, .reason = LINLI_ERASE_ERROR};
    struct scope_path path;
    uint32_t scope;

    assert_ok(scope_number(w->txn, &h->s->patch, &scope));
    assert_ok(tree_path(w->txn, scope, &path));
    statement_start(w->r, &w->r->own[0].grant, &path, &e.head);
    return erasure_make(w->r->self.sign_secret, &e, parts, COUNT_OF(parts), &h->order);
}

static void order_take(struct replica *r, const struct hiding *h)
{
    span one = buf_span(&h->order);
    size_t added;

    assert_ok(replica_grants_add(r, &one, 1, &added));
}

/* It comes to him by who may not read it, or says that it was erased; the order came before. */
static void an_entry_is_kept_from_nobody_by_an_order(void **state)
{
    struct story s;
    struct linli_audit_note note = {.act = LINLI_AUDIT_EXPORT, .format = "csv", .count = 3};
    const enum part_carried erased_all[] = {PART_HELD, PART_ERASED};
    struct buf run = {0}, lied = {0}, entry = {0}, part = {0};
    struct arena a = {0};
    struct run whole;
    uint64_t last;

    (void)state;
    story_start(&s);
    note.scope = &s.patch;
    struct hiding h = {.s = &s, .author = s.captain->author};
    assert_ok(replica_audit_note(s.captain, &note));
    h.seq = head_at(s.captain, &s.patch, &h.author).seq;
    assert_ok(work_run(s.clerk, entry_hide, &h));
    order_take(s.other, &h);
    order_take(s.captain, &h); /* who holds it keeps it */
    assert_ok(replica_read_run(s.captain, &s.patch, &h.author, h.seq, 7, LIMIT_RUN_BYTES, &run, &last));
    assert_ok(run_decode(&a, buf_span(&run), &whole));
    assert_int_equal(whole.count, 1);
    assert_ok(entry_as(whole.entries[0], erased_all, 2, &entry));
    whole.entries[0] = buf_span(&entry);
    assert_ok(run_encode(&whole, &lied));
    assert_int_equal(ingest(s.other, buf_span(&lied)).outcome, INGEST_STORED);
    assert_int_equal(wants(s.other, &s.patch), 1); /* the word of whoever handed it on is not taken */
    assert_ok(replica_read_part(s.captain, &s.patch, &h.author, h.seq, 1, 7, &part));
    assert_ok(replica_part_fill(s.other, &s.patch, &h.author, h.seq, 1, buf_span(&part)));
    assert_int_equal(wants(s.other, &s.patch), 0);
    assert_int_equal(aside(s.other), 0);
    linli_hash x = shown(s.captain, &s.patch), y = shown(s.other, &s.patch);
    assert_memory_equal(x.b, y.b, HASH_BYTES);
    assert_verifies(s.other);
    assert_verifies(s.captain);
    arena_free(&a);
    buf_free(&run);
    buf_free(&lied);
    buf_free(&entry);
    buf_free(&part);
    buf_free(&h.order);
    town_end(&s.town);
}

/* Who says that it is an entry and writes about somebody hides nothing behind it: it is not shown, and an order erases it. */
static void what_only_says_that_it_is_an_entry_is_erased(void **state)
{
    struct story s;
    struct device_keys keys;
    struct buf run = {0};

    (void)state;
    story_start(&s);
    struct hand hand = captain_hand(&s, &keys);
    struct hand_write w = name_write(&s.record, SECOND, NULL);
    w.audit = true;
    hand_one(&hand, &w, &run);
    assert_int_equal(ingest(s.office, buf_span(&run)).set_aside, 1);
    meet(s.office, s.other);
    assert_int_equal(erase(s.office, &s.record).parts, 1);
    all_meet(&s);
    assert_no_trace(&s, 0);
    assert_no_trace(&s, 3);
    s.office = s.town.houses[0].replica;
    s.other = s.town.houses[3].replica;
    ingest(s.other, buf_span(&run)); /* offered again */
    assert_no_trace(&s, 3);
    s.other = s.town.houses[3].replica;
    linli_hash x = shown(s.office, &s.patch), y = shown(s.other, &s.patch);
    assert_memory_equal(x.b, y.b, HASH_BYTES);
    buf_free(&run);
    town_end(&s.town);
}

/* The only entry's parts, and the run with none of them. */
static void run_without_content(struct arena *a, struct replica *r, span run, struct buf *out, struct changeset **cs)
{
    const enum part_carried absent[] = {PART_ABSENT, PART_ABSENT};
    struct buf entry = {0};
    struct run whole;

    assert_ok(run_decode(a, run, &whole));
    assert_ok(run_open(a, &whole, &r->self.network, cs));
    assert_ok(entry_as(whole.entries[0], absent, (*cs)[0].part_count, &entry));
    whole.entries[0] = buf_span(&entry);
    assert_ok(run_encode(&whole, out));
    buf_free(&entry);
}

/* An order that came first stands for what comes by itself, as it does for what comes in a run. */
static void what_comes_alone_after_its_order_is_erased_as_it_comes(void **state)
{
    struct story s;
    struct device_keys keys;
    struct buf run = {0}, without = {0};
    struct arena a = {0};
    struct changeset *cs;

    (void)state;
    story_start(&s);
    struct hand hand = captain_hand(&s, &keys);
    struct hand_write w = name_write(&s.record, SECOND, NULL);
    w.audit = true;
    hand_one(&hand, &w, &run);
    run_without_content(&a, s.office, buf_span(&run), &without, &cs);
    ingest(s.office, buf_span(&run));
    assert_int_equal(erase(s.office, &s.record).parts, 1);
    meet(s.office, s.other);
    meet(s.office, s.captain);
    assert_int_equal(wants(s.other, &s.patch), 1); /* it says that it is an entry, and those are erased for nobody */
    assert_ok(replica_part_fill(s.other, &s.patch, &hand.author, 1, 0, cs[0].parts[0].bytes));
    ingest(s.captain, buf_span(&run));
    assert_int_equal(wants(s.other, &s.patch), 0);
    assert_int_equal(wants(s.captain, &s.patch), 0);
    assert_int_equal(aside(s.other), 0);
    assert_no_trace(&s, 2);
    assert_no_trace(&s, 3);
    linli_hash x = shown(s.office, &s.patch), y = shown(s.town.houses[3].replica, &s.patch);
    assert_memory_equal(x.b, y.b, HASH_BYTES);
    arena_free(&a);
    buf_free(&run);
    buf_free(&without);
    town_end(&s.town);
}

/* It belies itself whatever becomes of the part beside it. */
static void what_stands_beside_an_erased_part_is_still_set_aside_and_found(void **state)
{
    struct story s;
    struct device_keys keys;
    struct buf run = {0};
    const char *const names[] = {FIRST, SECOND};
    linli_id records[2];

    (void)state;
    story_start(&s);
    struct hand hand = captain_hand(&s, &keys);
    records[0] = id_new(&s.town);
    records[1] = records[0];
    records[1].b[ID_BYTES - 1] ^= 1;
    bool first = id_compare(&records[0], &records[1]) < 0;
    linli_id in_order[] = {records[!first], records[first]};
    hand_pair(&hand, in_order, names, CHANGESET_AUDIT, &run);
    assert_int_equal(ingest(s.office, buf_span(&run)).set_aside, 2);
    assert_int_equal(erase(s.office, &in_order[0]).parts, 1);
    assert_int_equal(aside(s.office), 1);
    meet(s.office, s.other);
    assert_int_equal(aside(s.other), 1);
    assert_int_equal(erase(s.office, &in_order[1]).parts, 1);
    assert_int_equal(aside(s.office), 0);
    all_meet(&s);
    assert_no_trace(&s, 0);
    assert_no_trace(&s, 3);
    buf_free(&run);
    town_end(&s.town);
}

/* A resident written about as if it were an entry is no entry: nobody is shown it, and it goes with the rest. */
static void what_is_written_of_somebody_is_no_entry_whatever_type_it_claims(void **state)
{
    struct story s;
    struct device_keys keys;
    struct buf run = {0};

    (void)state;
    story_start(&s);
    resident_new(s.captain, &s.patch, &s.record, FIRST);
    meet(s.captain, s.office);
    struct hand hand = captain_hand(&s, &keys);
    struct hand_write w = name_write(&s.record, SECOND, NULL);
    w.type = TYPE_AUDIT;
    hand_one(&hand, &w, &run);
    assert_int_equal(ingest(s.office, buf_span(&run)).set_aside, 1);
    assert_shows(s.office, &s.record, FIRST);
    assert_int_equal(erase(s.office, &s.record).left, 0);
    all_meet(&s);
    assert_gone(&s);
    buf_free(&run);
    town_end(&s.town);
}

/* --- how much work it is --- */

/* In front of the library's (-Wl,--wrap): ids that are compared are counted, so that no list is searched from end to end. */
static size_t ids_compared;

bool __real_id_equal(const linli_id *a, const linli_id *b);
bool __wrap_id_equal(const linli_id *a, const linli_id *b);
bool __wrap_id_equal(const linli_id *a, const linli_id *b)
{
    ids_compared++;
    return __real_id_equal(a, b);
}

int __real_id_compare(const linli_id *a, const linli_id *b);
int __wrap_id_compare(const linli_id *a, const linli_id *b);
int __wrap_id_compare(const linli_id *a, const linli_id *b)
{
    ids_compared++;
    return __real_id_compare(a, b);
}

struct cost {
    size_t calls, ids;       /* of the store; compared */
};

/* What it takes to erase so many, each in a commit of its own. */
static struct cost cost_to_erase(size_t count)
{
    struct story s;
    struct linli_erased done;
    linli_id *records = malloc(count * sizeof(*records));

    assert_non_null(records);
    story_start(&s);
    for (size_t i = 0; i < count; i++) {
        records[i] = id_new(&s.town);
        resident_new(s.office, &s.patch, &records[i], FIRST);
    }
    struct linli_erase order = {.records = records, .count = count, .reason = LINLI_ERASE_RETENTION};
    rows_fail_at(ROWS_UNREAD, 0);
    ids_compared = 0;
    assert_ok(replica_erase(s.office, &order, &done));
    struct cost cost = {rows_counted(), ids_compared};
    rows_unwatch();
    assert_int_equal(done.records, count);
    free(records);
    town_end(&s.town);
    return cost;
}

/* From 80 to 160 there may be little more than twice as many to add as from 40 to 80: what is sorted grows with the logarithm. */
static bool grows_evenly(size_t some, size_t twice, size_t fourfold)
{
    return fourfold - twice < 2 * (twice - some) + (twice - some) / 3;
}

static void twice_as_many_take_twice_the_work(void **state)
{
    (void)state;
    struct cost some = cost_to_erase(40), twice = cost_to_erase(80), fourfold = cost_to_erase(160);
    print_message("for 40, 80, 160: %zu, %zu, %zu calls of the store; %zu, %zu, %zu ids compared\n", some.calls, twice.calls,
                  fourfold.calls, some.ids, twice.ids, fourfold.ids);
    assert_true(grows_evenly(some.calls, twice.calls, fourfold.calls));
    assert_true(grows_evenly(some.ids, twice.ids, fourfold.ids));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_set_aside_in_another_scope_goes_too),
        cmocka_unit_test(what_only_waits_goes_too),
        cmocka_unit_test(what_came_in_part_goes_too),
        cmocka_unit_test(what_is_refused_afterwards_is_on_no_page),
        cmocka_unit_test(who_may_erase_one_class_does_that_and_hears_what_stays),
        cmocka_unit_test(who_may_not_write_the_note_erases_without_it),
        cmocka_unit_test(rights_of_several_grants_add_up),
        cmocka_unit_test(which_of_two_parts_is_taken_does_not_hang_on_what_came_first),
        cmocka_unit_test(an_entry_is_kept_from_nobody_by_an_order),
        cmocka_unit_test(what_only_says_that_it_is_an_entry_is_erased),
        cmocka_unit_test(what_comes_alone_after_its_order_is_erased_as_it_comes),
        cmocka_unit_test(what_stands_beside_an_erased_part_is_still_set_aside_and_found),
        cmocka_unit_test(what_is_written_of_somebody_is_no_entry_whatever_type_it_claims),
        cmocka_unit_test(twice_as_many_take_twice_the_work),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
