/* replica: what making a replica and opening one share: its identity in meta. */
#ifndef LINLI_REPLICA_FOUNDING_H
#define LINLI_REPLICA_FOUNDING_H

#include "replica/internal.h"

/* A replica on an open store that nothing was read from yet. */
int replica_new(const struct replica_config *config, bool create, struct replica **out);
int replica_load_all(struct replica *r);

/* A replica on a new store, with this identity and the root's scope. The certificates of `enrolment` are not looked at. */
int founding_begin(const struct replica_config *config, const struct enrolment *enrolment, struct replica **out);
/* It is a store from now on; or, where `rv` says that something failed, it never was. `r` may be NULL. Returns `rv`, or what came of it. */
int founding_end(const struct replica_config *config, struct replica *r, int rv, struct replica **out);

/* Read the identity from meta into the replica; keep the one it has. */
int identity_load(struct replica *r, struct store_txn *txn);
int identity_keep(struct replica *r, struct store_txn *txn);

#endif
