import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { IRC_OPERATOR, type IrcServer } from "./ngircd.ts";
import { freePort } from "./ports.ts";
import { makeFolder } from "./process.ts";
import { startServer } from "./server.ts";
import { makeCertificate } from "./tls.ts";

export interface InspircdServer extends IrcServer {
  readonly tlsPort: number;
  /** PEM of the authority to trust, and the file that holds it; the certificate is for localhost and 127.0.0.1. */
  readonly ca: string;
  readonly caFile: string;
}

export interface InspircdOptions {
  /** Kills a client that sends more than a real network allows (20 at once, then one a second). */
  readonly floodKill?: boolean;
  /** More of its configuration. */
  readonly extra?: string;
}

/** An InspIRCd of this test's own: IRCv3, TLS, CASEMAPPING=rfc1459. */
export async function startInspircd(options: InspircdOptions = {}): Promise<InspircdServer> {
  const folder = makeFolder("inspircd");
  const port = await freePort();
  const tlsPort = await freePort();
  const certificate = await makeCertificate(folder, ["localhost", "127.0.0.1"]);
  const config = join(folder, "inspircd.conf");
  writeFileSync(config, inspircdConfig(options, { folder, port, tlsPort, ...certificate }));
  const server = await startServer({
    name: "inspircd",
    folder,
    command: "inspircd",
    args: [`--config=${config}`, "--nofork", "--runasroot", "--nopid"],
    ports: [port, tlsPort],
  });
  return Object.assign(server, { port, tlsPort, ca: certificate.ca, caFile: certificate.caFile });
}

interface Places {
  readonly folder: string;
  readonly port: number;
  readonly tlsPort: number;
  readonly certFile: string;
  readonly keyFile: string;
}

const MODULES = [
  "ircv3", "ircv3_batch", "ircv3_capnotify", "ircv3_chghost", "ircv3_ctctags", "ircv3_echomessage",
  "ircv3_invitenotify", "ircv3_labeledresponse", "ircv3_msgid", "ircv3_servertime", "ircv3_accounttag",
  "cap", "namesx", "uhnames", "customprefix", "ssl_gnutls", "services_account", "sethost",
  "banexception", "inviteexception", "samode", "sanick", "sajoin", "sapart", "monitor", "redirect",
  "nonicks", "blockcolor", "sslmodes",
]; // biome-ignore format: a plain list

function inspircdConfig(options: InspircdOptions, places: Places): string {
  const flood = options.floodKill
    ? 'threshold="20" commandrate="1000" fakelag="no"'
    : 'threshold="100000" commandrate="100000000" fakelag="no"';
  return `
<server name="irc.inspircd.test" description="A test server" network="TestNet">
<admin name="Admin" email="root@localhost" nick="admin">
<bind address="127.0.0.1" port="${places.port}" type="clients">
<bind address="127.0.0.1" port="${places.tlsPort}" type="clients" sslprofile="tls">
<sslprofile name="tls" provider="gnutls" certfile="${places.certFile}" keyfile="${places.keyFile}" cafile="" crlfile="" requestclientcert="no">
<connect name="main" allow="*" timeout="30" pingfreq="120" hardsendq="50M" softsendq="50M" recvq="1M"
  localmax="20000" globalmax="20000" maxconnwarn="no" resolvehostnames="no" useident="no" maxchans="1000" ${flood}>
<class name="all" commands="*" privs="*" usermodes="*" chanmodes="*">
<type name="NetAdmin" classes="all">
<oper name="${IRC_OPERATOR.name}" password="${IRC_OPERATOR.password}" host="*@*" type="NetAdmin">
<options prefixquit="" prefixpart="" suffixpart="" syntaxhints="no" cyclehostsfromuser="no" defaultmodes="o">
<performance quietbursts="yes" softlimit="20000" somaxconn="1024" netbuffersize="65535">
<security hideserver="" userstats="" hidesplits="no" hidebans="no" maxtargets="20" restrictbannedusers="yes">
<limits maxnick="30" maxchan="64" maxmodes="20" maxident="11" maxquit="255" maxtopic="307" maxkick="255" maxreal="128" maxaway="200">
<log method="file" type="*" level="default" target="${places.folder}/inspircd.log">
<dns server="127.0.0.1" timeout="1">
<path datadir="${places.folder}" logdir="${places.folder}" configdir="${places.folder}" runtimedir="${places.folder}">
${MODULES.map((name) => `<module name="${name}">`).join("\n")}
${options.extra ?? ""}
`;
}
