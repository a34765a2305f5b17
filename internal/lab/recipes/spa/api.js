const server = "https://api.example.com";

// api calls the server and returns its answer, or null if there is none. login asks the
// user for name and password and calls api("POST", "/login", …): a promise.
export async function api(method, path, value, login) {
  const response = await fetch(server + path, {
    method,
    credentials: "include",
    headers: value === undefined ? {} : { "Content-Type": "application/json" },
    body: value === undefined ? undefined : JSON.stringify(value),
  });
  if (response.status === 401 && login) {
    await login();
    return api(method, path, value); // once
  }
  if (!response.ok) {
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  }
  return response.status === 204 ? null : response.json();
}
