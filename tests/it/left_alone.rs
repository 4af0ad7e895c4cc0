//! What a deployment will miss, because it cannot be packaged: each is a warning with its place and the way out.

use crate::run::samstep;
use crate::s3_server::S3Server;
use insta::assert_snapshot;
use std::fs;

const BUCKET: &str = "artifacts";

/// Standard error of a run that succeeds, and the packaged template.
fn package(template: &str) -> (String, String) {
    let (folder, server) = (tempfile::tempdir().unwrap(), S3Server::with_bucket(BUCKET));
    fs::write(folder.path().join("template.yaml"), template).unwrap();
    fs::create_dir(folder.path().join("asset.1f")).unwrap();
    fs::write(folder.path().join("asset.1f/app.js"), "x").unwrap();
    let run = samstep(["package", "--s3-bucket", BUCKET]).at(folder.path()).against(&server);
    let ended = run.end().ok();
    (ended.stderr, ended.stdout)
}

#[test]
fn an_image_that_a_deployment_will_not_find_is_a_warning() {
    let template = "Resources:
  Unbuilt:
    Type: AWS::Serverless::Function
    Properties: {PackageType: Image}
    Metadata: {Dockerfile: Dockerfile, DockerContext: ./app}
  Emptied:
    Type: AWS::Serverless::Function
    Properties:
      PackageType: Image
      ImageUri:
  Local:
    Type: AWS::Serverless::Function
    Properties: {PackageType: Image, ImageUri: 'app:v1'}
  NoCode:
    Type: AWS::Lambda::Function
    Properties: {PackageType: Image}
  Cdk:
    Type: AWS::Lambda::Function
    Properties:
      PackageType: Image
      Code:
        ImageUri: 1.dkr.ecr.eu-west-1.amazonaws.com/cdk-x-container-assets-1-eu-west-1:1f
    Metadata: {'aws:asset:path': asset.1f, 'aws:asset:dockerfile-path': Dockerfile, 'aws:asset:property': Code.ImageUri}
  Pushed:
    Type: AWS::Lambda::Function
    Properties: {PackageType: Image, Code: {ImageUri: 1.dkr.ecr.eu-west-1.amazonaws.com/app:1}}
";
    let (warnings, packaged) = package(template);
    assert_eq!(packaged, template);
    assert_snapshot!(warnings, @"
    warning: Unbuilt is an image without ImageUri, so a deployment finds no image
     --> template.yaml:4:17
      |
    4 |     Properties: {PackageType: Image}
      |                 ^^^^^^^^^^^^^^^^^^^^
      |
      = help: build and push the image, then write its URI to ImageUri; sam build makes a local image
    warning: Emptied is an image without ImageUri, so a deployment finds no image
      --> template.yaml:10:16
       |
    10 |       ImageUri:
       |                ^
       |
       = help: build and push the image, then write its URI to ImageUri; sam build makes a local image
    warning: Local is an image, which is left as it is
      --> template.yaml:13:48
       |
    13 |     Properties: {PackageType: Image, ImageUri: 'app:v1'}
       |                                                ^^^^^^^^
       |
       = help: push the image to a repository in ECR, and write its URI there
    warning: NoCode is an image without Code.ImageUri, so a deployment finds no image
      --> template.yaml:16:17
       |
    16 |     Properties: {PackageType: Image}
       |                 ^^^^^^^^^^^^^^^^^^^^
       |
       = help: build and push the image, then write its URI to Code.ImageUri; sam build makes a local image
    warning: Cdk takes the image that the CDK builds from asset.1f, which is not built or pushed here
      --> template.yaml:22:19
       |
    22 |         ImageUri: 1.dkr.ecr.eu-west-1.amazonaws.com/cdk-x-container-assets-1-eu-west-1:1f
       |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: push it before the deployment, for example with cdk-assets publish
    Found 0 artifacts in template.yaml (0 objects)
    Packaged 0 artifacts: 0 uploaded (0 B), 0 unchanged
    ");
}

#[test]
fn a_type_by_a_letter_and_an_asset_behind_a_macro_are_warnings() {
    let template = "Resources:
  Misspelt:
    Type: AWS::Serverless::Funktion
    Properties: {CodeUri: ./src}
  Behind:
    Type: AWS::Lambda::Function
    Properties: !Transform
      Name: MyMacro
      Code: {S3Bucket: !Ref Bucket, S3Key: k}
    Metadata: {'aws:asset:path': asset.1f, 'aws:asset:property': Code}
";
    let (warnings, packaged) = package(template);
    assert_eq!(packaged, template);
    assert_snapshot!(warnings, @"
    warning: Misspelt: the type AWS::Serverless::Funktion is not known, so nothing of it is packaged
     --> template.yaml:3:11
      |
    3 |     Type: AWS::Serverless::Funktion
      |           ^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: the nearest type is AWS::Serverless::Function
    warning: Behind: asset.1f is not packaged, because Code is inside an intrinsic function
      --> template.yaml:10:34
       |
    10 |     Metadata: {'aws:asset:path': asset.1f, 'aws:asset:property': Code}
       |                                  ^^^^^^^^
       |
       = help: write Code outside of the function, or in branches of Fn::If
    Found 0 artifacts in template.yaml (0 objects)
    Packaged 0 artifacts: 0 uploaded (0 B), 0 unchanged
    ");
}

#[test]
fn an_asset_is_packaged_in_each_branch_that_has_it_and_nothing_is_written_beside_an_intrinsic() {
    let template = "Resources:
  Branches:
    Type: AWS::Lambda::Function
    Properties:
      Fn::If:
        - Prod
        - {Code: {S3Bucket: cdk-x-assets-1-eu-west-1, S3Key: 1f.zip}, Handler: a.h}
        - Fn::If:
            - Beta
            - {Code: {S3Bucket: !Ref Bucket, S3Key: 1f.zip}, Handler: b.h}
            - {Handler: c.h}
    Metadata: {'aws:asset:path': asset.1f, 'aws:asset:property': Code}
";
    let (_, packaged) = package(template);
    let location = "{\"S3Bucket\": \"artifacts\", \"S3Key\": \"1636783f5b1ff652d8e7f486d6381d38\"}";
    let expected = template
        .replace("{S3Bucket: cdk-x-assets-1-eu-west-1, S3Key: 1f.zip}", location)
        .replace("{S3Bucket: !Ref Bucket, S3Key: 1f.zip}", location);
    assert_eq!(packaged, expected);
}
