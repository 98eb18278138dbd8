/* tests: replica: a node, and a captain of each of two patches, who give, take and pass on receipts. */
#ifndef LINLI_TEST_RECEIPTS_STREET_H
#define LINLI_TEST_RECEIPTS_STREET_H

#include "failing.h"

enum { MANY = 20 };

struct street { /* a node, and a captain of each of two patches */
    struct town town;
    struct replica *node, *one, *two;
    linli_id patch[2];
};

static inline int start(void **state)
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

static inline int stop(void **state)
{
    struct street *s = *state;

    town_end(&s->town);
    free(s);
    return 0;
}

/* What two share, as the first holds it. */
static inline size_t shared_of(struct replica *a, struct replica *b, struct shared_scope **scopes, struct receipt_element *elements)
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
static inline int answer(struct replica *device, struct replica *node, const struct receipt_element *held, size_t count, struct buf *known)
{
    struct receipt_element signed_as[8];
    struct buf receipt = {0};

    memcpy(signed_as, held, count * sizeof(*held));
    int rv = replica_receipt_sign(node, signed_as, count, true, buf_span(known), &receipt);
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

static inline int ask(struct replica *device, struct replica *node, struct buf *known)
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

static inline bool count_receipt(void *ctx, const struct linli_receipt *receipt)
{
    struct counted *c = ctx;

    c->count++;
    c->ours += receipt->ours;
    return receipt->certificate_size > 0;
}

static inline bool count_warning(void *ctx, const struct linli_warning *warning)
{
    struct counted *c = ctx;

    c->count++;
    c->kinds[warning->kind]++;
    c->self = c->self || warning->self;
    return true;
}

static inline struct counted warnings(struct replica *r)
{
    struct counted c = {.count = 0};

    assert_ok(replica_warning_each(r, count_warning, &c));
    return c;
}

static inline uint64_t unconfirmed(struct replica *r)
{
    uint64_t count;

    assert_ok(replica_unconfirmed(r, &count));
    return count;
}

static inline void told_read(const struct buf *bins, span told[24], size_t *count)
{
    struct reader r;

    reader_start(&r, buf_span(bins));
    for (size_t left = reader_array(&r, 24 - *count); left > 0; left--)
        told[(*count)++] = reader_bin(&r, RECEIPT_TOLD_BYTES);
    assert_ok(reader_end(&r));
}

/* What `from` has heard, told to `to`. */
static inline void tell(struct replica *from, struct replica *to)
{
    struct shared_scope *scopes;
    struct buf plain = {0}, listing = {0};
    span told[24];
    size_t count = shared_of(from, to, &scopes, NULL), told_count = 0;

    assert_ok(replica_receipts_heard(from, to->self.sign_public, scopes, count, &plain, &listing));
    told_read(&plain, told, &told_count);
    told_read(&listing, told, &told_count);
    assert_ok(replica_receipts_hear(to, told, told_count));
    mem_free(scopes);
    buf_free(&plain);
    buf_free(&listing);
}

static inline void meeting_of(struct replica *r, struct replica *peer, struct receipts_meeting *out)
{
    struct shared_scope *scopes;
    size_t count = shared_of(r, peer, &scopes, NULL);

    assert_ok(replica_receipts_meet(r, &peer->author, scopes, count, out));
    mem_free(scopes);
}

/* The node lies: it signs these figures for the two roots of the street's shared set. */
static inline void lie(struct street *s, struct replica *to, uint64_t number, uint64_t statements, uint64_t weight)
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

#endif
