// The hash of text and bytes: SipHash-1-3 under the VM's key, so that a script's input cannot choose
// collisions. 0 ("not made yet") and -1 (an error, for the hash slot) are never results.
#include "vm/core/vm.h"
#include "vm/objects/str.h"

ASY_INLINE uint64_t rotate(uint64_t x, int by) { return x << by | x >> (64 - by); }

#define SIP_ROUND                                                                                  \
    (v0 += v1, v2 += v3, v1 = rotate(v1, 13), v3 = rotate(v3, 16), v1 ^= v0, v3 ^= v2,             \
     v0 = rotate(v0, 32), v2 += v1, v0 += v3, v1 = rotate(v1, 17), v3 = rotate(v3, 21), v1 ^= v2,  \
     v3 ^= v0, v2 = rotate(v2, 32))

uint64_t asy_hash_bytes(VM *vm, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    uint64_t k0 = vm->hash_key[0], k1 = vm->hash_key[1];
    uint64_t v0 = k0 ^ UINT64_C(0x736f6d6570736575), v1 = k1 ^ UINT64_C(0x646f72616e646f6d);
    uint64_t v2 = k0 ^ UINT64_C(0x6c7967656e657261), v3 = k1 ^ UINT64_C(0x7465646279746573);
    uint64_t word;
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        memcpy(&word, bytes + i, 8);
        v3 ^= word;
        SIP_ROUND;
        v0 ^= word;
    }
    word = (uint64_t)size << 56;
    uint64_t tail = 0;
    if (size - i) memcpy(&tail, bytes + i, size - i);
    word |= tail;
    v3 ^= word;
    SIP_ROUND;
    v0 ^= word;
    v2 ^= 0xFF;
    SIP_ROUND;
    SIP_ROUND;
    SIP_ROUND;
    uint64_t hash = v0 ^ v1 ^ v2 ^ v3;
    return hash == 0 || hash == UINT64_MAX ? hash ^ UINT64_C(0x5bd1e995) : hash;
}
