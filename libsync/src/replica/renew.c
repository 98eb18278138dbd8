/* replica: an author is a device key in one incarnation; when an act closed ours, or it was put back, it goes on in a new one. */
#include "replica/founding.h"

int incarnation_begin(struct work *w)
{
    struct replica *r = w->r;
    uint8_t fresh[8];

    rng_fill(&r->rng, fresh, sizeof(fresh));
    r->self.incarnation = r->author.incarnation = be64_get(fresh);
    return identity_keep(r, w->txn);
}

int incarnation_renew(struct work *w)
{
    struct standing_source source = standing_of(w->txn);
    struct replica *r = w->r;
    struct arena a = {0};
    struct revocation *acts = NULL;
    size_t count = 0;
    bool closed = false;
    int rv = LINLI_OK;

    for (size_t k = 0; k < r->own_count && rv == LINLI_OK && !closed; k++) {
        rv = standing_endings(&source, &a, &r->own[k].grant, &acts, &count);
        for (size_t i = 0; i < count && rv == LINLI_OK; i++)
            closed = closed || revocation_closes(&acts[i], r->self.incarnation);
    }
    if (rv == LINLI_OK && closed)
        rv = incarnation_begin(w);
    arena_free(&a);
    return rv;
}
