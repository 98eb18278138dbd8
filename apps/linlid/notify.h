/** linlid, words to systemd (sd_notify): over $NOTIFY_SOCKET, or to nobody. */
#ifndef LINLI_LINLID_NOTIFY_H
#define LINLI_LINLID_NOTIFY_H

#include <stdint.h>

/** Say "READY=1", "STOPPING=1" and so on; several lines are one word. */
void notify_say(const char *state);
/** How often the watchdog wants to hear of us, in ms: half of its patience; 0: there is none. */
uint64_t notify_watchdog_ms(void);

#endif
