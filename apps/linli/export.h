/** Command line: what the ways of exporting share. */
#ifndef LINLI_APP_EXPORT_H
#define LINLI_APP_EXPORT_H

#include "context.h"

struct export {
    struct context *ctx;
    FILE *out;
    const struct linli_schema_type *type; /**< --type, or NULL */
    const linli_id *scope;                /**< --scope, or NULL for all that is held */
    const linli_id *resident;             /**< --resident, or NULL */
    bool xlsx, plain;                     /**< XLSX, not CSV; a roster without the marks by which it comes back */
    uint64_t count;                       /**< records that went out */
};

/** Residents with their households under the headings that `import` reads, by building, unit, room. Exit code. */
int export_roster(struct export *export);

/** What is held about one person, for them: records, who wrote what when, who may read it. Exit code. */
int export_resident(struct export *export);

#endif
