// Passkeys: hands the server's question to the device and the device's answer to the form.
(() => {
  const form = document.querySelector("[data-passkey]");
  if (!form) return;
  const says = form.querySelector("[data-passkey-says]");
  const again = form.querySelector("[data-passkey-again]");

  const toBytes = (text) => Uint8Array.from(
    atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const withBytes = (described) => described.map((one) => ({ ...one, id: toBytes(one.id) }));

  const question = () => {
    const options = JSON.parse(form.dataset.options);
    options.challenge = toBytes(options.challenge);
    if (options.user) options.user = { ...options.user, id: toBytes(options.user.id) };
    if (options.excludeCredentials) options.excludeCredentials = withBytes(options.excludeCredentials);
    if (options.allowCredentials) options.allowCredentials = withBytes(options.allowCredentials);
    return options;
  };

  const answer = (credential) => {
    const { response } = credential;
    const parts = { clientDataJSON: toText(response.clientDataJSON) };
    if (response.attestationObject) {
      parts.attestationObject = toText(response.attestationObject);
      parts.transports = response.getTransports ? response.getTransports() : null;
    } else {
      parts.authenticatorData = toText(response.authenticatorData);
      parts.signature = toText(response.signature);
      parts.userHandle = response.userHandle ? toText(response.userHandle) : null;
    }
    return JSON.stringify({
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      response: parts,
      extensions: JSON.stringify(credential.getClientExtensionResults()),
    });
  };

  const reason = (error) => {
    if (error.name === "InvalidStateError") return "This device has a passkey for you already.";
    if (error.name === "SecurityError") return "Passkeys work only where the page has a host name and HTTPS.";
    return "Your device did not answer, or you said no.";
  };

  const ask = async () => {
    if (!window.PublicKeyCredential) {
      says.textContent = "Passkeys need HTTPS and a newer browser. Sign in with your password here.";
      return;
    }
    again.setAttribute("aria-disabled", "true");
    says.textContent = "Your device asks you now. Follow it.";
    try {
      const credential = await navigator.credentials[form.dataset.passkey]({ publicKey: question() });
      form.elements.credential.value = answer(credential);
      form.submit();
    } catch (error) {
      says.textContent = `${reason(error)} You can try again.`;
      again.removeAttribute("aria-disabled");
    }
  };

  again.addEventListener("click", () => again.getAttribute("aria-disabled") !== "true" && ask());
  ask();
})();
