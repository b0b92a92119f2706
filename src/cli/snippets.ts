/** What an operator puts into the XMPP server's configuration to let one component in. */
export interface SnippetAnswers {
  readonly component: string;
  readonly secret: string;
  /** Address and port that the server listens on for components. */
  readonly host: string;
  readonly port: number;
}

export const SERVERS = ["prosody", "ejabberd", "openfire"] as const;
export type ServerName = (typeof SERVERS)[number];

interface Snippet {
  /** The snippet's file name. */
  readonly file: string;
  /** The server's own default port for components. */
  readonly port: number;
  readonly text: (answers: SnippetAnswers) => string;
}

export const snippets: Readonly<Record<ServerName, Snippet>> = {
  prosody: { file: "prosody.cfg.lua", port: 5347, text: prosody },
  ejabberd: { file: "ejabberd.yml", port: 5347, text: ejabberd },
  openfire: { file: "openfire.md", port: 5275, text: openfire },
};

/**
 * Prosody: ports are global settings, so only what differs from its default is shown. Nagle's
 * algorithm is on by default (net/server_epoll.lua) and holds small stanzas back for up to 40 ms.
 * kick_old: after a network failure the server holds a dead stream for a long time, and would refuse ours.
 */
function prosody({ component, secret, host, port }: SnippetAnswers): string {
  const global = [
    "network_settings = { nagle = false }",
    ...(port === 5347 ? [] : [`component_ports = { ${port} }`]),
    ...(isLocal(host) ? [] : [`component_interfaces = { "${host}" }`]),
  ];
  return `-- Prosody, in /etc/prosody/prosody.cfg.lua, in the global section above the first VirtualHost:
${global.join("\n")}

-- And at the end of the file; then restart Prosody.
Component "${component}"
  component_secret = "${secret}"
  component_conflict_resolve = "kick_old"
`;
}

function ejabberd({ component, secret, host, port }: SnippetAnswers): string {
  return `# ejabberd: one more entry under "listen:" in /etc/ejabberd/ejabberd.yml; then: ejabberdctl reload_config
listen:
  - port: ${port}
    ip: "${isLocal(host) ? "127.0.0.1" : host}"
    module: ejabberd_service
    access: all
    hosts:
      "${component}":
        password: "${secret}"
`;
}

function openfire({ component, secret, port }: SnippetAnswers): string {
  return `# Openfire: in the admin console

1. Server → Server Settings → External Components: enable the service, port ${port}.
2. Under "Allowed to Connect", add the subdomain \`${component.split(".")[0]}\` (of \`${component}\`)
   with this shared secret: \`${secret}\`
`;
}

function isLocal(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
