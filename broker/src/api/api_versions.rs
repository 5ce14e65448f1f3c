//! ApiVersions: which requests are spoken, read off the table.

use bytes::BytesMut;
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::api_versions_response::ApiVersion;
use kafka_protocol::messages::{ApiKey, ApiVersionsRequest, ApiVersionsResponse};
use kafka_protocol::protocol::Encodable;

use super::{APIS, Call, Handler};

pub(super) struct ApiVersions;

impl Handler for ApiVersions {
    type Request = ApiVersionsRequest;
    type Response = ApiVersionsResponse;
    const KEY: ApiKey = ApiKey::ApiVersions;
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=3;

    async fn handle(_: Call, _: ApiVersionsRequest) -> ApiVersionsResponse {
        table()
    }
}

fn table() -> ApiVersionsResponse {
    let line = |api: &super::Api| {
        ApiVersion::default()
            .with_api_key(api.key as i16)
            .with_min_version(*api.versions.start())
            .with_max_version(*api.versions.end())
    };
    ApiVersionsResponse::default().with_api_keys(APIS.iter().map(line).collect())
}

/// The table in the oldest form, with an error, for a client that asked in a form too new.
pub(crate) fn all_versions_as_v0(error: ResponseError) -> BytesMut {
    let mut body = BytesMut::new();
    let written = table().with_error_code(error.code()).encode(&mut body, 0);
    written.expect("the table can be written in version 0");
    body
}
