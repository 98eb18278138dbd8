/* replica: what an act lists: where it cuts each log of the device, and what the device said that stays good. */
#ifndef LINLI_REPLICA_REVOKING_H
#define LINLI_REPLICA_REVOKING_H

#include <linli/authority.h>

#include "replica/internal.h"

struct revoke_lists {
    const struct linli_revoke *asked;
    const struct scope_path *path;  /* what it wrote and said there and below */
    size_t cuts_most, kept_most;    /* so much can be listed */
    struct cut_row *cuts;           /* these and `kept` in the arena of the work; those that came here first when there are more */
    linli_hash *kept;
    size_t cut_count, kept_count;
    size_t logs, left;              /* logs in all; statements that are not kept */
};
/* Of what is held; `asked` to `kept_most` are given. */
int revoke_lists_find(struct work *w, struct revoke_lists *lists);

#endif
