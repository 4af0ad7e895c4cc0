//! Plain HTTP/1.1 to the agents of the host (Lambda's Runtime API, the container agent of ECS): one request on one
//! connection, small answers.

use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Events are at most 6 MB.
const LONGEST_ANSWER: u64 = 8 << 20;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names in lower case, and values.
    headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Asks `host:port`; without a `limit` waits as long as it takes.
pub async fn ask(host: &str, head: (&str, &str), body: Option<&str>, limit: Option<Duration>) -> io::Result<Answer> {
    let asked = exchange(host, head, body);
    match limit {
        None => asked.await,
        Some(limit) => tokio::time::timeout(limit, asked).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())),
    }
}

async fn exchange(host: &str, (method, path): (&str, &str), body: Option<&str>) -> io::Result<Answer> {
    let address = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
    let mut stream = TcpStream::connect(address).await?;
    let text = body.unwrap_or_default();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{text}",
        text.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut bytes = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        if let Some(answer) = parse(&bytes, false) {
            return Ok(answer);
        }
        match stream.read(&mut buffer).await? {
            0 => return parse(&bytes, true).ok_or_else(|| io::ErrorKind::UnexpectedEof.into()),
            count => bytes.extend_from_slice(&buffer[..count]),
        }
        if bytes.len() as u64 > LONGEST_ANSWER {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
    }
}

/// An answer that is whole; at the end of the stream also one that does not tell its length.
fn parse(bytes: &[u8], is_end: bool) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let rest = &bytes[end + 4..];
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let fields = lines.filter_map(|line| line.split_once(':'));
    let headers = fields.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    let mut answer = Answer { status, headers, body: Vec::new() };
    let length = answer.header("content-length").and_then(|length| length.parse::<usize>().ok());
    let is_chunked = answer.header("transfer-encoding").is_some_and(|it| it.eq_ignore_ascii_case("chunked"));
    answer.body = match length {
        _ if is_chunked => unchunk(rest)?,
        Some(length) => rest.get(..length)?.to_vec(),
        None if is_end || status == 204 => rest.to_vec(),
        None => return None,
    };
    Some(answer)
}

/// The chunks up to the last one; nothing while that has not come.
fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..end]).ok()?.split(';').next()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        let chunk = rest.get(end + 2..)?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(chunk.get(..size)?);
        rest = chunk.get(size.checked_add(2)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn an_answer_is_read_when_it_is_whole() {
        let head = "HTTP/1.1 200 OK\r\nA-B: c\r\n";
        let rows = [
            ("with a length", format!("{head}Content-Length: 2\r\n\r\nhi"), false, Some("hi")),
            ("not whole", format!("{head}Content-Length: 3\r\n\r\nhi"), false, None),
            (
                "in chunks",
                format!("{head}Transfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1;x\r\ni\r\n0\r\n\r\n"),
                false,
                Some("hi"),
            ),
            ("chunks to come", format!("{head}Transfer-Encoding: chunked\r\n\r\n1\r\nh\r\n"), true, None),
            ("up to the end", format!("{head}\r\nhi"), true, Some("hi")),
            ("nothing", String::new(), true, None),
        ];
        for (name, text, is_end, expected) in rows {
            let answer = parse(text.as_bytes(), is_end);
            let body = answer.as_ref().map(|it| String::from_utf8_lossy(&it.body).into_owned());
            assert_eq!(body.as_deref(), expected, "{name}");
            assert!(answer.is_none_or(|it| it.status == 200 && it.header("a-b") == Some("c")), "{name}");
        }
    }
}
