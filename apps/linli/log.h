/**
 * Command line, the log of `serve`: one line an event, on stderr. An item is an id, a number, a code or a word of a fixed
 * table: nothing that a person wrote can get into a line, whatever its level.
 */
#ifndef LINLI_APP_LOG_H
#define LINLI_APP_LOG_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#include "context.h"

enum log_level { LOG_ERROR, LOG_INFO, LOG_DEBUG, LOG_TRACE };

struct log {
    FILE *to;
    atomic_uint how; /**< log_how: it may change while other threads write */
};
/** What `how` says: up to which level, and whether a line is a JSON object. */
static inline unsigned log_how(enum log_level most, bool json)
{
    return (unsigned)most | (json ? 256u : 0u);
}

enum log_kind { LOG_NUMBER, LOG_DIGITS, LOG_ID, LOG_CODE, LOG_ROLE, LOG_VERB };
struct log_item {
    const char *key; /**< a literal */
    enum log_kind kind;
    union {
        uint64_t number;          /**< also a role's, and minus a code */
        const uint8_t *id;        /**< 4 bytes of it are shown */
        const struct verb *verb;  /**< NULL: none was found */
    } is;
};
#define LOG_ITEM_NUMBER(name, value) {.key = (name), .kind = LOG_NUMBER, .is.number = (uint64_t)(value)}
#define LOG_ITEM_DIGITS(name, value) {.key = (name), .kind = LOG_DIGITS, .is.number = (value)} /**< six */
#define LOG_ITEM_ID(name, bytes) {.key = (name), .kind = LOG_ID, .is.id = (bytes)}
#define LOG_ITEM_CODE(rc) {.key = "code", .kind = LOG_CODE, .is.number = (uint64_t)(int64_t)(rc)}
#define LOG_ITEM_ROLE(value) {.key = "role", .kind = LOG_ROLE, .is.number = (value)}
#define LOG_ITEM_VERB(value) {.key = "verb", .kind = LOG_VERB, .is.verb = (value)}

/** Read "error", "info", "debug" or "trace"; NULL is info. */
enum log_level log_level_read(const char *word);
/** `event`: a literal. `log` may be NULL. Any thread. */
void log_write(const struct log *log, enum log_level level, const char *event, const struct log_item *items, size_t count);
#define LOG_WRITE(log, level, event, ...)                                                                              \
    do {                                                                                                               \
        const struct log_item log_items_[] = {__VA_ARGS__};                                                           \
        log_write((log), (level), (event), log_items_, sizeof(log_items_) / sizeof(log_items_[0]));                    \
    } while (0)

#endif
