/* model: the record types, from the table that proto/schema/generate.py makes of proto/schema. */
#ifndef LINLI_MODEL_SCHEMA_H
#define LINLI_MODEL_SCHEMA_H

#include <linli/schema.h>

#include "base/bytes.h"

enum merge_rule { RULE_REGISTER, RULE_SET, RULE_COUNTER, RULE_LOG, RULE_MAX, RULE_LADDER };
enum data_class { CLASS_PUBLIC, CLASS_PERSONAL, CLASS_SENSITIVE };
enum { CLASS_COUNT = 3, RULE_COUNT = 6, FIELD_LIFE = 0, SCHEMA_VERSION = 1 };

/* Numbers that say how to treat them (proto/record.md 1). */
static inline uint32_t group_number(uint32_t n, enum merge_rule rule, enum data_class cls)
{
    return n << 5 | (uint32_t)rule << 2 | (uint32_t)cls;
}
static inline uint32_t group_n(uint32_t group)
{
    return group >> 5;
}
static inline unsigned group_rule(uint32_t group) /* may be a rule of the future: check < RULE_COUNT */
{
    return group >> 2 & 7;
}
static inline unsigned group_class(uint32_t group) /* may be 3: refused */
{
    return group & 3;
}
static inline bool type_needs_manage(linli_type type)
{
    return (type & 1) != 0;
}
enum { TYPE_MAX = INT32_MAX };
/*
 * A record's id says the right that its type needs, in the lowest bit of its first byte: parts that claim a type of
 * another right for it are told by the id alone, whatever else is held (proto/record.md 1).
 */
static inline bool record_id_fits(const linli_id *record, linli_type type)
{
    return (record->b[0] & 1) == (type & 1);
}
static inline void record_id_make_fit(linli_id *record, linli_type type)
{
    record->b[0] = (uint8_t)((record->b[0] & 0xfeu) | (type & 1));
}
static inline bool group_keyed(uint32_t group) /* a set's cells have elements as keys, a counter's its authors */
{
    return group_rule(group) == RULE_SET || group_rule(group) == RULE_COUNTER;
}
#define GROUP_LIFE 0u
enum { LADDER_EPISODE = 0 }; /* key of the episode in a ladder's value; its rung is under the group's n */

/* The group number that a field of the schema belongs to. */
uint32_t schema_group_of(const struct linli_schema_field *field);

/* What values of this group are sealed as; NONE also where this version does not know the group. */
enum linli_seal schema_seal_of(linli_type type, uint32_t group);

/* The life register as a field of every type: number 0, name "life". Lookups give it; no type's table lists it. */
enum { LIFE_VALUE_ALIVE = 0, LIFE_VALUE_DELETED = 1 };
extern const struct linli_schema_field schema_life;

/* The generated table (generated/schema_table.c). */
extern const struct linli_schema_type schema_table[];
extern const size_t schema_table_count;

#endif
