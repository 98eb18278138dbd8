/* sim: for a person who replays a seed: in what two places differ, scope by scope, as a session would tell it. */
#include "sim.h"

static void heads_print(struct list list, const char *whose)
{
    struct detail_head head;

    for (size_t i = 0; i < list.count; i++) {
        detail_head_next(&list, &head);
        (void)printf("      %s head %02x%02x.. seq %llu id %02x%02x..%s\n", whose, head.author.key[0], head.author.key[1],
                     (unsigned long long)head.seq, head.id.b[0], head.id.b[1], head.frozen ? " frozen" : "");
    }
}

static void wants_print(const struct place *p, const linli_id *scope, const char *whose)
{
    struct shared_scope shared = {.id = *scope};
    struct part_wanted wants[64];
    size_t count = 0;

    (void)replica_wants(p->store->replica, NULL, &shared, 1, wants, COUNT_OF(wants), &count);
    for (size_t i = 0; i < count; i++)
        (void)printf("      %s wants %02x%02x.. seq %llu part %u\n", whose, wants[i].author.key[0], wants[i].author.key[1],
                     (unsigned long long)wants[i].seq, (unsigned)wants[i].part);
}

static void grants_print(struct list list, const char *whose)
{
    linli_hash id;

    (void)printf("      %s grants", whose);
    for (size_t i = 0; i < list.count; i++) {
        detail_grant_next(&list, &id);
        (void)printf(" %02x%02x", id.b[0], id.b[1]);
    }
    (void)printf("\n");
}

static void side_print(const struct place *p, const linli_id *scope)
{
    struct buf bytes = {0};
    struct detail detail;
    char whose[16];

    (void)snprintf(whose, sizeof(whose), "%u", p->number);
    if (replica_detail(p->store->replica, scope, true, &bytes) != LINLI_OK || detail_decode(buf_span(&bytes), &detail) != LINLI_OK)
        (void)printf("      %s does not hold it\n", whose);
    else {
        heads_print(detail.heads, whose);
        wants_print(p, scope, whose);
        grants_print(detail.grants, whose);
    }
    buf_free(&bytes);
}

void explain(const struct world *w, const struct place *a, const struct place *b)
{
    linli_hash x, y;

    if (!w->trace || !a->up || !b->up)
        return;
    for (unsigned s = 0; s < w->scope_count; s++) {
        const linli_id *scope = &w->scopes[s].id;
        if (replica_digest(a->store->replica, scope, false, &x) == LINLI_OK &&
            replica_digest(b->store->replica, scope, false, &y) == LINLI_OK && hash_equal(&x, &y))
            continue;
        (void)printf("    scope %u differs:\n", s);
        side_print(a, scope);
        side_print(b, scope);
    }
    for (unsigned s = 0; s < w->scope_count; s++) {
        const linli_id *scope = &w->scopes[s].id;
        if (replica_digest(a->store->replica, scope, true, &x) == LINLI_OK &&
            replica_digest(b->store->replica, scope, true, &y) == LINLI_OK && !hash_equal(&x, &y))
            (void)printf("    with what is below it: scope %u (in %u) %02x%02x, %02x%02x\n", s, w->scopes[s].parent, x.b[0], x.b[1],
                         y.b[0], y.b[1]);
    }
    for (unsigned i = 0; i < w->place_count; i++)
        (void)printf("    place %u is %02x%02x.. role %d scope %u%s\n", i, w->places[i].author.key[0], w->places[i].author.key[1],
                     (int)w->places[i].role, w->places[i].scope, w->places[i].honest ? "" : ", an attacker");
}
