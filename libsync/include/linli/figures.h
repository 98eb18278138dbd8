/**
 * Figures, at every level of the scopes: how many records there are of a kind, and how far captains reach. Records that count are
 * those that are not deleted. What is counted, and by which fields, the schema says (linli_schema_type.tallies); it is kept with
 * each write, so that an answer costs the same at any size. Only fields that are neither sensitive nor sealed are counted by: whoever
 * may read the scope's personal records counts alike, and whoever may read the public ones alone counts those that he is given.
 */
#ifndef LINLI_FIGURES_H
#define LINLI_FIGURES_H

#include <linli/grant.h>
#include <linli/record.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Records that read alike in the fields that were asked for. */
struct linli_tally {
    /** One for each field: INT (a number, a choice; of a date or a time the days from 1970-01-01 to it, of a time by China's clock),
        ID, or NIL: it says nothing. */
    const struct linli_value *values;
    uint64_t records;
};
typedef bool (*linli_tally_fn)(void *ctx, const struct linli_tally *tally); /**< Return false to stop */
/**
 * Count records of a type, in this scope and below it, parted by fields that the schema names together.
 *
 * Args:    fields  as one of linli_schema_type.tallies has them, `count` of them; by an id: of the scope alone
 * Returns: LINLI_OK; LINLI_E_SCHEMA (no such tally), LINLI_E_NOT_FOUND (scope), LINLI_E_DISK.
 */
LINLI_API int linli_tally_each(linli_store *store, const linli_id *scope, linli_type type, const linli_field *fields, size_t count,
                               linli_tally_fn fn, void *ctx);

/** How many households a captain should have, by the kind of area (scope.style). Other styles: `most` of the largest, `least` 0. */
struct linli_ratio {
    unsigned least, most;
};
LINLI_API struct linli_ratio linli_ratio_of(unsigned style);

/** Who is looked after by whom, in one scope and below it. A captain: whoever is appointed as one and has not left by the day asked for. */
struct linli_coverage {
    const struct linli_scope *scope;  /**< households and residents are in it; path is its name */
    uint64_t patches;
    uint64_t building_captains, household_captains;
    uint64_t without;                 /**< patches without a captain */
    uint64_t overloaded;              /**< patches with more households to a captain than the ratio of their style allows */
    uint64_t covered;                 /**< households where there is a captain */
};
typedef bool (*linli_coverage_fn)(void *ctx, const struct linli_coverage *coverage);
/** The scope (NULL: the root), then each one right below it by division code and name. `day`: from 1970-01-01. LINLI_E_NOT_FOUND. */
LINLI_API int linli_coverage_each(linli_store *store, const linli_id *scope, int64_t day, linli_coverage_fn fn, void *ctx);

#ifdef __cplusplus
}
#endif
#endif
