/*
 * sim: who watches the checkers: worlds in which something is wrong on purpose, each of which its checker must notice. Run
 * by `sim --checkers`.
 */
#include "replica/internal.h"
#include "sim.h"

enum { SEEDS_TRIED = 200 };

static struct place *an_honest_one(struct world *w, unsigned from)
{
    for (unsigned i = from; i < w->place_count; i++)
        if (w->places[i].honest && w->places[i].enrolled && w->places[i].up)
            return &w->places[i];
    return &w->places[0];
}

static struct acked *an_acked(struct world *w)
{
    for (size_t i = 0; i < w->acked_count; i++)
        if (w->places[w->acked[i].place].honest && group_rule(w->acked[i].group) == RULE_REGISTER)
            return &w->acked[i];
    return NULL;
}

static void stamps_from_beyond(struct world *w)
{
    for (unsigned i = 0; i < w->place_count; i++)
        w->places[i].last_commit = UINT64_MAX;
}

static void acked_and_lost(struct world *w)
{
    struct acked *a = an_acked(w);

    if (a != NULL)
        a->seq += 1000;
}

static void acked_and_lost_at_home(struct world *w)
{
    struct acked *a = an_acked(w);

    if (a == NULL)
        return;
    struct place *p = &w->places[a->place];
    a->seq += 1000;
    place_crash(p);
    (void)place_open(p);
}

static void value_of_another_cell(struct world *w)
{
    struct acked *a = an_acked(w);

    if (a != NULL)
        a->group = group_number(900, RULE_REGISTER, group_class(a->group));
}

/* One write into a store, behind its replica's back. */
static void meddle(struct place *p, int (*how)(struct store_txn *txn))
{
    struct store_txn *txn = NULL;

    ALWAYS(store_begin(p->store->replica->store, true, &txn) == LINLI_OK);
    ALWAYS(how(txn) == LINLI_OK);
    ALWAYS(store_commit(txn) == LINLI_OK);
}

static bool record_first(void *ctx, const linli_id *record, span state)
{
    (void)state;
    *(linli_id *)ctx = *record;
    return false;
}

static int view_row_gone(struct store_txn *txn)
{
    linli_id record;
    int rv = view_each(txn, 1, record_first, &record);

    return rv == LINLI_OK ? view_delete(txn, 1, &record) : rv;
}

static void view_of_its_own(struct world *w)
{
    meddle(an_honest_one(w, 1), view_row_gone);
}

static void index_gone(struct world *w)
{
    meddle(an_honest_one(w, 1), index_clear);
}

static int changeset_too_many(struct store_txn *txn)
{
    return count_add(txn, SCOPE_TOTAL, COUNT_CHANGESETS, 1);
}

static void count_off(struct world *w)
{
    meddle(an_honest_one(w, 1), changeset_too_many);
}

static void write_after_the_last_meeting(struct world *w)
{
    (void)scope_grow(w, &w->places[0]);
}

/* As if the next write of everybody had been acknowledged before. */
static void dots_taken(struct world *w)
{
    for (unsigned i = 0; i < w->place_count; i++)
        for (unsigned s = 0; s < w->scope_count && w->places[i].up; s++) {
            struct place *p = &w->places[i];
            ALWAYS(mem_grow(&w->acked, &w->acked_room, w->acked_count + 1, sizeof(*w->acked)) == LINLI_OK);
            w->acked[w->acked_count++] = (struct acked){.place = i, .honest = true, .scope = w->scopes[s].id, .author = p->author,
                                                        .seq = place_own_seq(p, &w->scopes[s].id, &p->author) + 1};
        }
}

static void claim_too_high(struct world *w)
{
    for (size_t i = 0; i < w->claim_count; i++)
        w->claims[i].seq += 1000;
}

static void session_too_large(struct world *w)
{
    w->session_bytes_cap = 1024;
}

static void secret_sent(struct world *w)
{
    const struct replica *r = w->places[0].store->replica;

    canary_wire(w, &w->places[0], &w->places[0], span_of(r->self.sign_secret, SIGN_SECRET_BYTES));
}

static void typed_sent(struct world *w)
{
    canary_wire(w, &w->places[0], &w->places[0], span_of("a name typed 17 times", 21));
}

static void secret_written(struct world *w)
{
    const struct replica *r = w->places[0].store->replica;
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/leak", w->places[0].dir);
    FILE *f = fopen(path, "w");
    ALWAYS(f != NULL && fwrite(r->self.seal_secret, 1, KEY_BYTES, f) == KEY_BYTES && fclose(f) == 0);
}

/* As if the root had cut every attacker off before his first write. */
static void thieves_before_all(struct world *w)
{
    ALWAYS(mem_grow(&w->cuts, &w->cut_room, w->cut_count + 1, sizeof(*w->cuts)) == LINLI_OK);
    w->cuts[w->cut_count++] = (struct root_cut){.place = PLACES_MAX};
    for (unsigned i = 1; i < w->place_count; i++)
        w->places[i].cut_by_root = !w->places[i].honest;
}

static void right_to_read_lost(struct world *w)
{
    for (unsigned i = 1; i < w->place_count; i++)
        if (w->places[i].honest && w->places[i].enrolled && w->places[i].role != LINLI_VIEWER)
            w->places[i].role = LINLI_VIEWER;
}

/* Somebody's office that is said to be a captain's: what it may is what he may not. */
static void office_demoted(struct world *w)
{
    if (w->mix.erases > 0)
        w->places[0].role = LINLI_CAPTAIN;
}

/* A text that everybody still has, as if it had been erased. */
static void erased_and_told(struct world *w)
{
    for (size_t i = 0; i < w->typed_count; i++)
        w->typed[i].erased = w->typed[i].classes != 0 && w->typed[i].place == 0;
}

static uint64_t left_number;

static int text_left(struct store_txn *txn)
{
    char text[32];
    int size = snprintf(text, sizeof(text), "?typed %llu", (unsigned long long)left_number);

    text[0] = (char)(0xa0 | (size - 1));
    return note_put(txn, '?', span_of("left", 4), span_of(text, (size_t)size));
}

/* What was erased lies about somewhere else in its store. */
static void erased_and_left(struct world *w)
{
    struct place *p = an_honest_one(w, 0);

    for (size_t i = 0; i < w->typed_count; i++)
        if ((w->typed[i].classes & 6) != 0 && w->typed[i].place == 0 && erased_at(p, &w->typed[i].record)) {
            left_number = i;
            meddle(p, text_left);
        }
}

/* The root's node speaks against itself, in words that somebody else has put into its mouth. */
static void node_accused(struct world *w)
{
    struct replica *node = w->places[0].store->replica, *r = an_honest_one(w, 1)->store->replica;
    struct buf said[2] = {{0}};

    for (uint64_t i = 0; i < 2; i++) {
        struct receipt receipt = {.network = node->self.network, .incarnation = 7, .mark = {0, 0, i}};
        struct receipt_element e = {.scope = w->scopes[0].id, .statements = 1 - i};
        memcpy(receipt.node, node->self.sign_public, KEY_BYTES);
        ALWAYS(receipt_make(node->self.sign_secret, &receipt, &e, 1, &said[i]) == LINLI_OK);
    }
    span certificates[2] = {buf_span(&said[0]), buf_span(&said[1])};
    ALWAYS(replica_receipts_hear(r, certificates, 2) == LINLI_OK);
    buf_free(&said[0]);
    buf_free(&said[1]);
}

static void receipts_forgotten(struct world *w)
{
    w->deaf = true;
}

static const struct {
    const char *what;
    bool late; /* when all has healed; otherwise before anything happens */
    void (*how)(struct world *w);
    const char *words; /* of the complaint */
} breaks[] = {
    {"a stamp that does not rise", false, stamps_from_beyond, "stamp that is not greater"},
    {"two writes of one dot", false, dots_taken, "one dot twice"},
    {"an acknowledged write that nobody has", true, acked_and_lost, "lacks write"},
    {"an acknowledged write gone after a crash", true, acked_and_lost_at_home, "has lost its own write"},
    {"a value gone that nobody replaced", true, value_of_another_cell, "is gone unseen"},
    {"a view that is not what its logs say", true, view_of_its_own, "show different things"},
    {"an index that is not what its logs say", true, index_gone, "does not verify"},
    {"a write that the others have not", true, write_after_the_last_meeting, "hold other changesets"},
    {"an account that does not add up", true, count_off, "does not add up"},
    {"a run stored, told and lost", true, claim_too_high, "had said that it stored"},
    {"a session that holds too much", false, session_too_large, "a session of"},
    {"a secret between sockets", true, secret_sent, "in clear"},
    {"what was typed, between sockets", true, typed_sent, "sends in clear what somebody typed"},
    {"a secret in a file", true, secret_written, "in clear in a file"},
    {"a write of a device that was cut off", true, thieves_before_all, "whom the root had cut off"},
    {"an erasure by who may not", false, office_demoted, "erased what it may not"},
    {"an erased text that is told", true, erased_and_told, "in what it tells"},
    {"an erased text in a file", true, erased_and_left, "in a file"},
    {"a node accused that did nothing", true, node_accused, "and it did nothing"},
    {"a node that withholds, and receipts that nobody has heard", false, receipts_forgotten, "did not both notice"},
    {"a place that may not read what it holds", true, right_to_read_lost, "what it may not read"},
};

static bool noticed(size_t i, uint64_t seed)
{
    struct world *w = world_new(seed);

    *(breaks[i].late ? &w->late : &w->early) = breaks[i].how;
    world_run(w);
    bool found = w->over && strstr(w->complaint, breaks[i].words) != NULL;
    world_free(w);
    return found;
}

int checkers_try(void)
{
    int missed = 0;

    for (size_t i = 0; i < COUNT_OF(breaks); i++) {
        uint64_t seed = 1;
        while (seed <= SEEDS_TRIED && !noticed(i, seed))
            seed++;
        if (seed <= SEEDS_TRIED)
            (void)printf("ok %s: noticed in seed %llu\n", breaks[i].what, (unsigned long long)seed);
        else
            (void)printf("FAIL %s: noticed in none of %d seeds\n", breaks[i].what, SEEDS_TRIED);
        missed += seed > SEEDS_TRIED;
    }
    return missed;
}
