/*
 * sim: a node with a program of its own making: to some it shows all that it holds, to others not what takes rights back, or not a
 * grant, or not a record, under receipts that go on from one another. It is played by two stores that sign as one.
 */
#include <linli/receipt.h>

#include "replica/internal.h"
#include "sim.h"

enum withheld { A_REVOCATION, A_GRANT, A_RECORD, WITHHELD_COUNT };
static const char *const names[WITHHELD_COUNT] = {"a revocation", "a grant", "a record"};

/* Did it, or may it not write by its own clock? */
static bool done(struct world *w, const struct place *node, int rv)
{
    if (rv != LINLI_OK && rv != LINLI_E_CLOCK)
        world_fail(w, "%u does what it will withhold: %s", node->number, linli_code_name(rv));
    return rv == LINLI_OK;
}

static int newcomer(struct world *w, struct place *node, unsigned scope, struct place **out)
{
    int rv = invite_prepare(w, node, scope, LINLI_CAPTAIN, out);

    return rv == LINLI_OK ? enrol_here(*out, node) : rv;
}

/* The city itself, of which everybody hears, or what both read with what is below it, whatever else each of them reads. */
static unsigned somewhere(struct world *w, const struct place *one, const struct place *two)
{
    unsigned scope = 0, found = 0;

    for (unsigned s = 1; s < w->scope_count; s++)
        if (place_reads(one, s) != 0 && place_reads(two, s) != 0 && draw(w, ++found + 1) > 0)
            scope = s;
    return scope;
}

/* What is to be withheld happens: `thief` was let in by the city, a guest is let in somewhere. */
static int do_openly(struct world *w, struct place *node, struct place *thief, unsigned scope, enum withheld what)
{
    struct place *guest;

    switch (what) {
    case A_REVOCATION: return office_turns_out(node, thief);
    case A_GRANT: return newcomer(w, node, scope, &guest);
    case A_RECORD: return scope_grow(w, node);
    case WITHHELD_COUNT: break;
    }
    return LINLI_E_ARG;
}

/* The numbers of the two go on from one another: those of the other say how many commits its store had made. */
static void sign_on(struct world *w, struct place *node, const struct receipt_mark *mark)
{
    struct replica *r = node->store->replica;
    struct store_txn *txn = NULL;
    uint64_t commits = 0;
    int rv = LINLI_OK;

    while (rv == LINLI_OK && commits <= mark->number >> RECEIPT_TURN_BITS) {
        rv = store_begin(r->store, true, &txn);
        if (rv == LINLI_OK)
            rv = meta_put(txn, "made-up", span_of("commit", 6));
        if (rv == LINLI_OK)
            rv = store_commits(txn, &commits);
        rv = rv == LINLI_OK ? store_commit(txn) : store_end(txn, rv);
    }
    r->receipt_mark = *mark;
    if (rv != LINLI_OK)
        world_fail(w, "commits of %u: %s", node->number, linli_code_name(rv));
}

/* A break: as if receipts were not passed on. */
static int forget(struct place *p)
{
    struct receipt_list list;
    struct store_txn *txn = NULL;
    uint8_t key[RECEIPT_KEY_BYTES];
    int rv = store_begin(p->store->replica->store, true, &txn);

    if (rv != LINLI_OK)
        return rv;
    rv = receipts_load(txn, NULL, &list);
    for (size_t i = 0; i < list.count && rv == LINLI_OK; i++) {
        receipt_key(&list.at[i], key);
        rv = note_delete(txn, NOTE_RECEIPT, span_of(key, sizeof(key)));
    }
    receipts_free(&list);
    return rv == LINLI_OK ? store_commit(txn) : store_end(txn, rv);
}

/* The first meeting of the two: each has heard what the other was not told, or was told otherwise. */
static void noticed_check(struct world *w, const struct place *node, const struct place *one, const struct place *two, enum withheld what)
{
    uint64_t kind = UINT64_C(1) << (what == A_REVOCATION ? LINLI_WARNING_RIGHTS_WITHHELD : LINLI_WARNING_RECORDS_WITHHELD);
    uint64_t by_one = kinds_noticed(w, one, node), by_two = kinds_noticed(w, two, node);

    if ((by_one & by_two & kind) == 0)
        world_fail(w, "%u withheld %s from %u, which met %u, and they did not both notice: %llx, %llx", node->number, names[what],
                   two->number, one->number, (unsigned long long)by_one, (unsigned long long)by_two);
}

/* One is shown everything, two is not; a thief who was turned out comes to two by way of the node, for as long as two does not know. */
void withholding_try(struct world *w, struct place *node, struct place *one, struct place *two)
{
    enum withheld what = (enum withheld)draw(w, WITHHELD_COUNT);
    unsigned scope = somewhere(w, one, two);
    struct place *thief = NULL;
    char image[160];

    if (w->place_count == PLACES_MAX || w->scope_count == SCOPES_MAX)
        return;
    if (what == A_REVOCATION && !done(w, node, newcomer(w, node, 0, &thief)))
        return;
    meet_once(w, two, node);
    if (w->over || !image_of(w, node, image) || !done(w, node, do_openly(w, node, thief, scope, what)))
        return;
    meet_once(w, one, node);
    struct receipt_mark mark = node->store->replica->receipt_mark;
    world_log(w, "%u withholds %s of scope %u", node->number, names[what], what == A_GRANT ? scope : 0);
    if (w->over || !image_serves(w, node, image))
        return;
    sign_on(w, node, &mark);
    if (thief != NULL) {
        thief->honest = false; /* what it writes from here on is nobody's loss */
        (void)write_something(w, thief);
        meet_once(w, thief, node);
    }
    meet_once(w, two, node);
    if (w->deaf && (forget(one) != LINLI_OK || forget(two) != LINLI_OK))
        world_fail(w, "what was heard is not forgotten");
    meet_once(w, one, two);
    if (!w->over)
        noticed_check(w, node, one, two, what);
    if (!w->over)
        thieves_check(w, two);
    w->faults[FAULT_WITHHELD]++;
}
