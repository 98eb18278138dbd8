/** Plain types that every public header shares: ids, spans, hashes, dots. */
#ifndef LINLI_TYPES_H
#define LINLI_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define LINLI_API __attribute__((visibility("default")))
#else
#define LINLI_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** A record's or a scope's id: 16 bytes, shown as 32 lower-case hexadecimal digits. */
typedef struct linli_id {
    uint8_t b[16];
} linli_id;

/** A BLAKE2b-256 hash: of a changeset header, a grant, a root document, a digest. */
typedef struct linli_hash {
    uint8_t b[32];
} linli_hash;

/** One device key in one store incarnation: whoever wrote a log. */
typedef struct linli_author {
    uint8_t key[32];      /**< Ed25519 public key of the device */
    uint64_t incarnation; /**< random, new for each store that the device has had */
} linli_author;

/** Names one write for ever. */
typedef struct linli_dot {
    linli_author author;
    uint64_t seq; /**< 1, 2, 3, ... within the author's log of one scope */
} linli_dot;

/** Borrowed bytes; `at` may be NULL when `size` is 0. */
typedef struct linli_span {
    const uint8_t *at;
    size_t size;
} linli_span;

/** Hybrid stamp: 48-bit milliseconds since 1970 (UTC) << 16 | 16-bit counter. */
typedef uint64_t linli_stamp;

/** Numeric ids of the schema (`proto/schema`); see schema.h for their names. */
typedef uint32_t linli_type;
typedef uint32_t linli_field;

#ifdef __cplusplus
}
#endif
#endif
