function quote(text) {
    const out = ['"'];
    for (const c of text) {
        if (c === '"' || c === "\\") out.push("\\" + c);
        else if (c < " ") out.push("\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
        else out.push(c);
    }
    out.push('"');
    return out.join("");
}
class Real { constructor(value) { this.value = value; } }
function dump(value) {
    if (value === null) return "null";
    if (value === true) return "true";
    if (value === false) return "false";
    if (typeof value === "string") return quote(value);
    if (typeof value === "number") return String(value);
    if (value instanceof Real) return Number.isInteger(value.value) ? value.value + ".0" : String(value.value);
    if (value instanceof Map) return "{" + [...value].map(([k, v]) => quote(k) + ": " + dump(v)).join(", ") + "}";
    return "[" + value.map(dump).join(", ") + "]";
}
function main() {
    const users = Array.from({ length: 4000 }, (_, n) => new Map([
        ["id", n], ["name", `user "${n}"`], ["score", new Real(n / 4)], ["tags", ["a\n", "b\\", "t" + n % 5]],
        ["active", n % 2 === 0], ["manager", n < 10 ? null : new Map([["id", Math.floor(n / 10)]])],
    ]));
    let total = 0;
    for (let i = 0; i < 15; i++) {
        const text = dump(users);
        total += text.length + text.split("true").length - 1;
    }
    return total;
}
console.log(main());
