/* node: the last meeting with each peer: what is new since goes into the next one, and when that settles it is noted, many by one write. */
#include <string.h>

#include "node/internal.h"

/* A hint: what is not noted costs the next meeting a walk. Inside host_enter. */
static void note(struct node *n)
{
    (void)replica_met(n->host.replica, n->mets.at, n->mets.count);
    n->mets.count = 0;
}

/* One that comes again at once is remembered, too. */
static void note_pending(struct peer *p)
{
    const struct mets *mets = &p->node->mets;

    for (size_t i = 0; i < mets->count; i++)
        if (memcmp(mets->at[i].device, p->device, KEY_BYTES) == 0) {
            note(p->node);
            return;
        }
}

int met_begin(struct peer *p, const struct shared_scope *scopes, size_t count, struct session_event *event,
              struct session_config *config, struct session_news **news)
{
    struct replica *replica = p->node->host.replica;
    struct log_news *found = mem_zalloc(SESSION_NEWS_MAX, sizeof(*found));
    size_t found_count = 0;
    bool all = false;

    *news = NULL;
    note_pending(p);
    if (found == NULL)
        return LINLI_E_NOMEM;
    int rv = replica_news(replica, p->device, scopes, count, &config->noted_epoch, found, SESSION_NEWS_MAX, &found_count, &all);
    if (rv != LINLI_OK && rv != LINLI_E_NOMEM) /* a hint: what keeps us from it does not keep the session from anything */
        rv = LINLI_OK;
    if (all)
        config->met_epoch = config->noted_epoch;
    if (rv == LINLI_OK && found_count > 0) {
        *news = mem_zalloc(found_count, sizeof(**news));
        rv = *news == NULL ? LINLI_E_NOMEM : LINLI_OK;
    }
    for (size_t i = 0; i < found_count && rv == LINLI_OK; i++)
        (*news)[i] = (struct session_news){found[i].scope, found[i].author, found[i].from, found[i].to};
    event->news = *news;
    event->news_count = rv == LINLI_OK ? found_count : 0;
    mem_free(found);
    return rv;
}

void met_settled(struct peer *p, const struct session_action *a)
{
    struct mets *mets = &p->node->mets;
    struct peer_met met = {.epoch = a->epoch, .arrival = a->arrival};

    if (id_is_zero(&a->epoch))
        return;
    if (mets->count == METS_MAX)
        met_flush(p->node);
    memcpy(met.device, p->device, KEY_BYTES);
    mets->at[mets->count++] = met;
}

void met_flush(struct node *n)
{
    if (n->mets.count == 0)
        return;
    host_enter(n);
    note(n);
    host_leave(n);
}
