/* tests: what the parts of the crowd share: a program that is many strangers, a wicked member, or an honest one (crowd_main.c). */
#ifndef LINLI_TESTS_NET_CROWD_H
#define LINLI_TESTS_NET_CROWD_H

#include <linli/linli.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct crowd {
    uint16_t port;         /* of the node, on 127.0.0.1 */
    const char *store;     /* a member's folder, its key in store.key */
    unsigned sockets;      /* open at one time, at most */
    unsigned total;        /* connections, or sessions, in all; 0 = no such end */
    unsigned ms;           /* at most */
    unsigned rate;         /* connections, or sessions, a second; 0 = as many as it goes */
    bool keyless;          /* strangers who do not hold the network's key either */
    bool scattered;        /* from neighbourhoods all over 127.0.0.0/8, else from as few as hold them */
};

/* strangers.c */
int crowd_trickle(const struct crowd *c);   /* each socket sends a byte now and then */
int crowd_half_open(const struct crowd *c); /* each socket sends message 1 of a good handshake and nothing more */
int crowd_idle(const struct crowd *c);      /* the same, opened once and held */
/* members.c */
int crowd_deaf(const struct crowd *c);      /* asks at line rate, and never a byte read */
int crowd_ask(const struct crowd *c);       /* the same, and all answers read */
int crowd_send(const struct crowd *c);      /* one run at line rate, which the node holds after the first time */
int crowd_write(const struct crowd *c);     /* runs as fast as new work can be written and sent */
int crowd_offend(const struct crowd *c);    /* what no session says: it is cut, and comes again at once */
/* honest.c */
int crowd_edit(linli_store *store, const linli_id *scope, unsigned n); /* a new record */
int crowd_honest(const struct crowd *c);    /* one edit and one sync after the other; the time of each */

/* crowd_main.c */
uint64_t crowd_now_ms(void);
void crowd_pause_ms(unsigned ms);
/* A socket on its way to the node, from the n-th of many addresses of 127.0.0.0/8; -1. */
int crowd_dial(const struct crowd *c, unsigned n, bool wait);
int crowd_open_store(const struct crowd *c, linli_store **out);

#endif
