/* tests: random later versions of the root document and affirmations, good and bad, with what the library makes of them. */
#ifndef LINLI_TEST_ROOTS_H
#define LINLI_TEST_ROOTS_H

#include <jansson.h>

#include "../unit/auth/people.h"
#include "auth/standing.h"
#include "seed.h"

enum { VERSIONS_MAX = 6, AFFIRMATIONS_MAX = 4, LISTED_MAX = 40 };

/* Who signed it: what the model is told of the signatures. */
struct signatures {
    struct signing by[2 * ROOT_KEYS_MAX];
    size_t count;
};
struct roots {
    struct rng_seeded *rng;
    const struct root *root;
    struct root_version versions[VERSIONS_MAX];
    struct affirmation affirmations[AFFIRMATIONS_MAX];
    struct buf certificates[VERSIONS_MAX + AFFIRMATIONS_MAX];
    struct signatures signatures[VERSIONS_MAX + AFFIRMATIONS_MAX];
    bool version_good[VERSIONS_MAX], affirmation_good[AFFIRMATIONS_MAX];
    size_t version_count, affirmation_count;
};

/* Versions, each after any of those before it, good or not. */
void roots_draw(struct roots *r, const struct root *root, struct rng_seeded *rng);
/* A good document under which the root may have said something: mostly the first. */
const struct root_document *roots_document(struct roots *r);
/* Affirmations of some of these. */
void roots_affirm(struct roots *r, const linli_hash *ids, size_t count);
void roots_free(struct roots *r);

/* What is held of them: the good ones. As standing_source.root; the context is found by roots_of. */
int roots_said(const struct roots *r, struct arena *a, struct root_said *out);

json_t *roots_first_json(const struct root *root);
json_t *roots_versions_json(const struct roots *r);
json_t *roots_affirmations_json(const struct roots *r);
/* The library's answers: which are good, and which versions hold. */
json_t *roots_good_json(const struct roots *r);
json_t *roots_holds_json(const struct roots *r);

#endif
