/* replica: what the files of the verification share. */
#ifndef LINLI_REPLICA_VERIFY_H
#define LINLI_REPLICA_VERIFY_H

#include "replica/reading.h"

struct verify_type { /* records that count, by type */
    linli_type type;
    uint64_t records;
};

/* The verification under way; the tallies are of the scope being looked at. */
struct verify {
    struct replica *r;
    struct store_txn *txn;
    struct linli_verify *asked;
    uint64_t done, total;
    uint64_t children; /* of all scopes */
    uint32_t scope;
    linli_id scope_id;
    struct arena step;    /* of one changeset, or of one row */
    struct arena scratch; /* of one record */
    struct rebuild rebuild;
    struct buf bytes;
    struct digest_figures figures; /* of a scope and what is below it */
    int rv; /* what a callback stopped an iteration with */

    uint64_t changesets, forks, asides;
    uint64_t touches; /* that the logs ask for */
    uint64_t touches_found;
    uint64_t views, index_rows, conflicts, records; /* that the records ask for */
    uint64_t found;                                 /* rows of the table being walked */
    uint64_t arrival;                               /* the last one looked at */
    struct verify_type *types;
    size_t type_count, type_room;
    struct tally_list tallies; /* that the records ask for */
};

/* Something is bad. `author` and `record` may be NULL. */
void verify_bad(struct verify *v, const char *what, const linli_author *author, uint64_t seq,
                const linli_id *record);
/* Codes that speak of the data become a finding: LINLI_OK; others are given back. */
int verify_fault(struct verify *v, int rv, const char *what, const linli_author *author, uint64_t seq,
                 const linli_id *record);
/* One more thing is done. LINLI_E_CANCELLED when the application has had enough. */
int verify_step(struct verify *v);

/* verify_log.c: every log of the scope; each record on the way, once (at the first row of its touches). */
int verify_logs(struct verify *v);
int verify_arrivals(struct verify *v, uint64_t changesets); /* of all scopes, that are held */
/* verify_record.c */
int verify_record(struct verify *v, const linli_id *record);
int verify_tables(struct verify *v); /* what is kept for the scope's records: views, index, marks, counters */
int verify_where(struct verify *v);  /* where records are, all scopes together */
/* verify_tally.c */
int verify_tally_record(struct verify *v, const linli_id *record, const struct record_state *state);
int verify_tallies(struct verify *v); /* of the scope, once all its records were looked at */
int verify_sums(struct verify *v);    /* of all scopes */
/* verify_grant.c */
int verify_grants(struct verify *v);

#endif
