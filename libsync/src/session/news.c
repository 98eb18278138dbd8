/*
 * session: the last meeting as a hint (proto/session.md 4). Who settled with this peer before knows by its own count of arrivals
 * what is new since. When both remember one and the same meeting, the first round is about that alone; the digests tell whether it
 * was enough, and if not, the next round goes the long way.
 */
#include <string.h>

#include "session/internal.h"

int news_open(struct session *s, const struct session_event *event)
{
    if (event->news_count > SESSION_NEWS_MAX)
        return LINLI_E_LIMIT;
    if (event->news_count == 0)
        return LINLI_OK;
    s->news = mem_dup(event->news, event->news_count * sizeof(*event->news));
    s->news_count = event->news_count;
    return s->news == NULL ? LINLI_E_NOMEM : LINLI_OK;
}

void news_forget(struct session *s)
{
    mem_free(s->news);
    s->news = NULL;
    s->news_count = 0;
}

/* So much of an epoch travels, and decides. */
static uint32_t word(const linli_id *epoch)
{
    return be32_get(epoch->b);
}

/* Who remembers and has no news says nothing of it: where nothing changed, that costs no byte. */
void news_say(const struct session *s, struct hello *hello)
{
    hello->met = word(&s->config.met_epoch);
    hello->counts = s->news_count > 0 || hello->met == 0;
}

void news_hello(struct session *s, const struct hello *hello)
{
    bool peer_knows = hello->counts ? hello->met == word(&s->config.store_epoch) : s->news_count > 0;

    /* Of whom we have a note, keeps count, whether it says so now or not. */
    bool noted = word(&s->config.noted_epoch) != 0 && word(&s->config.noted_epoch) == word(&hello->store_epoch);

    if (hello->counts || noted)
        s->peer_epoch = hello->store_epoch;
    s->met = peer_knows && word(&s->config.met_epoch) != 0 && word(&s->config.met_epoch) == word(&hello->store_epoch);
}

int news_match(struct session *s)
{
    int rv = LINLI_OK;

    s->by_news = s->met && s->round == 1 && !s->equal && !s->lists_differ && s->wants_own == 0 && s->wants_peer == 0;
    if (s->by_news)
        todo_clear(&s->todo);
    for (size_t i = 0; s->by_news && i < s->news_count && rv == LINLI_OK; i++) {
        const struct session_news *news = &s->news[i];
        struct job job = {.kind = JOB_LOG, .scope = news->scope, .author = news->author, .from = news->from, .to = news->to};
        rv = sendq_log(s, &job);
    }
    news_forget(s);
    return rv;
}
