function modpow(base, exponent, modulus) {
    let result = 1n;
    for (base %= modulus; exponent > 0n; exponent >>= 1n) {
        if (exponent & 1n) result = result * base % modulus;
        base = base * base % modulus;
    }
    return result;
}
function main() {
    let product = 1n;
    for (let n = 1n; n < 6000n; n++) product *= n;
    let a = 0n, b = 1n;
    for (let i = 0; i < 20000; i++) [a, b] = [b, a + b];
    let power = 0n;
    for (let n = 0n; n < 1500n; n++) power ^= modpow(3n, 2n ** 200n + n, 2n ** 255n - 19n);
    const m = 1000003n;
    return [Number(product % m + a % m + power % m), a.toString().length];
}
console.log(...main());
