// Reads what a receiver got, a JSON object in each line ({ secret, headers, body }), and verifies each by the
// reference library of Standard Webhooks. Says `ok`, or what is wrong, for each.
import { Webhook } from "standardwebhooks";
import { createInterface } from "node:readline";

for await (const line of createInterface({ input: process.stdin })) {
  const { secret, headers, body } = JSON.parse(line);
  try {
    new Webhook(secret).verify(body, headers);
    console.log("ok");
  } catch (error) {
    console.log(`wrong: ${error.message}`);
  }
}
