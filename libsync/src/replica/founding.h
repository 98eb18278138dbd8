/* replica: what making a replica and opening one share: its identity in meta. */
#ifndef LINLI_REPLICA_FOUNDING_H
#define LINLI_REPLICA_FOUNDING_H

#include "replica/internal.h"

/* A replica on an open store that nothing was read from yet. */
int replica_new(const struct replica_config *config, bool create, struct replica **out);
int replica_load_all(struct replica *r);

/* Read the identity from meta into the replica; keep the one it has. */
int identity_load(struct replica *r, struct store_txn *txn);
int identity_keep(struct replica *r, struct store_txn *txn);

#endif
