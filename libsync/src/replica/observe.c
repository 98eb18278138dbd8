/* replica: who hears of a commit, once it is durable (work.c tells). */
#include "replica/internal.h"

void replica_listen(struct replica *r, linli_event_fn fn, void *ctx)
{
    r->listen = fn;
    r->listen_ctx = ctx;
}
